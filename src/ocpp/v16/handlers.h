// The handlers of 1.6 and what they share, between the files of this folder: one per functional block.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/id_tag.h"
#include "ocpp/version.h"

namespace ocpp::v16 {

// core.cc
Handled handle_authorize(Request& request, const CallContext& call);
Told decided_authorize(Request& request, const model::Decision& decision, const CallContext& call);
Handled handle_boot_notification(Request& request, const CallContext& call);
Told decided_boot_notification(Request& request, const model::Decision& decision, const CallContext& call);
Handled handle_data_transfer(Request& request, const CallContext& call);
Handled handle_heartbeat(Request& request, const CallContext& call);
Handled handle_status_notification(Request& request, const CallContext& call);

// transactions.cc
Handled handle_start_transaction(Request& request, const CallContext& call);
Told decided_start_transaction(Request& request, const model::Decision& decision, const CallContext& call);
Handled handle_stop_transaction(Request& request, const CallContext& call);

// meter_values.cc
Handled handle_meter_values(Request& request, const CallContext& call);

// firmware.cc
Handled handle_diagnostics_status_notification(Request& request, const CallContext& call);
Handled handle_firmware_status_notification(Request& request, const CallContext& call);

// security.cc
Handled handle_log_status_notification(Request& request, const CallContext& call);
Handled handle_security_event_notification(Request& request, const CallContext& call);
Handled handle_sign_certificate(Request& request, const CallContext& call);
Handled handle_signed_firmware_status_notification(Request& request, const CallContext& call);

// What the files share.

// The readings under `name` in their normal form; flags a reading's clock where it is doubted.
[[nodiscard]] model::Meter read_meter(Request& request, std::string_view name, const CallContext& call);

// A device time that can be believed: after 2019, and at most 24 h after receipt. One without a zone is in the charge point's.
[[nodiscard]] std::optional<base::WallTime> plausible_time(std::string_view text, const CallContext& call);

// Flags the event where a device time is not plausible, or is none.
void doubt_clock(Request& request, std::string_view text, const CallContext& call);

// Flags what the charge point kept while it was offline, by a plausible device time.
void note_replay(Request& request, std::string_view text, const CallContext& call);

// The transactionId as sent: a number of any size, or a text. -1 and 0 come from a charge point that never got its answer
// (errata 3.18); they are taken as any other, and counted.
[[nodiscard]] std::optional<model::TransactionId> transaction_id(Request& request, std::size_t field);

inline constexpr std::size_t kIdTagCharactersMax = 20;  // CiString20

// {"idTagInfo":{…}}, or inside of the object that is being written.
[[nodiscard]] std::string id_tag_info_answer(const model::Permission& permission);
void append_id_tag_info(std::string& out, const model::Permission& permission);

}  // namespace ocpp::v16
