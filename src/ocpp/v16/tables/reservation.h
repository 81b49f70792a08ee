// Reservation profile (OCPP 1.6 edition 2; the numbers are its sections).
#pragma once

#include "ocpp/table_words.h"

namespace ocpp::v16::tables {

using namespace words;

// 6.5, 6.6
inline constexpr std::array kCancelReservationRequest{
    required("reservationId", integer()),
};
inline constexpr auto kCancelReservationStatus = values({"Accepted", "Rejected"});
inline constexpr std::array kCancelReservationResponse{
    required("status", one_of(kCancelReservationStatus)),
};

// 6.37, 6.38
inline constexpr std::array kReserveNowRequest{
    required("connectorId", integer()), required("expiryDate", date_time()),  required("idTag", text(20)),
    optional("parentIdTag", text(20)),  required("reservationId", integer()),
};
inline constexpr auto kReservationStatus = values({"Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"});
inline constexpr std::array kReserveNowResponse{
    required("status", one_of(kReservationStatus)),
};

}  // namespace ocpp::v16::tables
