// The frames of other people's charge points and tests that lie beside the checkout (ocpp/corpus), each with what is wrong with
// it by the published schemas, and what is due to it by OCPP-J and by our own table of quirks: rules, no verdicts on single
// frames.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ocpp/session.h"

namespace test {

struct CorpusFrame {
    std::string raw;
    std::string direction;
    std::string kind;  // CALL, CALLRESULT, CALLERROR, none
    bool is_valid = false;
    std::vector<std::string> errors;  // "/path keyword what" of the schema, or words about the frame
    std::vector<std::string> features;
};

// Nothing where the corpus is not there.
[[nodiscard]] std::optional<std::vector<CorpusFrame>> corpus_frames(const std::string& path);

// What a gateway that gets the frame from a charge point owes it.
struct Due {
    bool is_answered = false;
    std::string id;                     // as a token, of what is answered
    std::set<std::string> codes;        // of the CALLERROR; none: a CALLRESULT
    std::set<std::string> quirks;       // at least these are counted, where it is served
    std::set<std::string> unexplained;  // errors that no rule knows
};
[[nodiscard]] Due due_to(const CorpusFrame& frame, ocpp::Validation validation);

}  // namespace test
