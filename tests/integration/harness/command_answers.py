"""What a result must say when a charge point answered with this payload (OCPP 1.6)."""

_WITH_DATA = {"data.transfer"}
_UNIFIED = {
    *("transaction.start", "transaction.stop", "device.reset", "device.trigger", "connector.unlock"),
    *("connector.availability", "configuration.set", "cache.clear"),
}


def response_to(name, answer):
    """`response`: the payload untouched for an OCPP action, the version-independent form for the other names."""
    if name == "configuration.get":
        settings = answer.get("configurationKey", [])
        values = [{member: each[member] for member in ("key", "value", "readonly") if member in each} for each in settings]
        return {"values": values, "unknown": answer.get("unknownKey", [])}
    if name in _WITH_DATA:
        return _only(answer, "status", "data")
    return _only(answer, "status") if name in _UNIFIED else answer


def outcome_of(answer):
    status = answer.get("status")
    return status if isinstance(status, str) else None


def _only(answer, *names):
    return {name: answer[name] for name in names if name in answer}
