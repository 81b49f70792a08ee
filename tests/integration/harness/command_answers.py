"""What a result must say when a charge point answered with this payload (OCPP 1.6)."""


def response_to(name, answer):
    """`response`: the payload untouched for an OCPP action, the version-independent form for the other names."""
    match name:
        case "configuration.get":
            settings = answer.get("configurationKey", [])
            return {
                "values": [_only(each, "key", "value", "readonly") for each in settings],
                "unknown": answer.get("unknownKey", []),
            }
        case "data.transfer":
            return _only(answer, "status", "data")
        case "local-list.version":
            return {"version": answer["listVersion"]}
        case "charging-schedule.get":
            return _only(answer, "status", "connectorId", "scheduleStart", "chargingSchedule")
        case "log.upload":
            return _only(answer, "status", "fileName", filename="fileName")
        case "certificate.list":
            return _only(answer, "status", certificateHashData="certificates")
    is_version_independent = "." in name
    return _only(answer, "status") if is_version_independent else answer


def outcome_of(answer):
    status = answer.get("status")
    return status if isinstance(status, str) else None


def _only(answer, *names, **renamed):
    names = {name: name for name in names} | renamed
    return {names[name]: value for name, value in answer.items() if name in names}
