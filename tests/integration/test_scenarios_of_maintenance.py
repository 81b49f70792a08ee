"""What keeps a charge point fit: settings, firmware, logs, certificates, security events, and what its vendor has besides."""

import pytest

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "9a", "issuerKeyHash": "0f", "serialNumber": "01"}


# ---- settings


def setting(key, value, readonly=False):
    return {"key": key, "readonly": readonly, "value": value}


def test_all_settings_are_read(scene):
    known = [setting("HeartbeatInterval", "300"), setting("NumberOfConnectors", "2", True), {"key": "Secret", "readonly": False}]
    scene.obeys("GetConfiguration", {}, {"configurationKey": known})
    scene.obeys("configuration.get", {}, {"configurationKey": known}, call=("GetConfiguration", {}), over="kafka")


def test_some_settings_are_read_and_one_is_not_known(scene):
    keys = ["HeartbeatInterval", "Odd"]
    answer = {"configurationKey": [setting("HeartbeatInterval", "300")], "unknownKey": ["Odd"]}
    scene.obeys("GetConfiguration", {"key": keys}, answer)
    scene.obeys("configuration.get", {"keys": keys}, answer, call=("GetConfiguration", {"key": keys}))
    scene.obeys("configuration.get", {"keys": ["Odd"]}, {"unknownKey": ["Odd"]}, call=("GetConfiguration", {"key": ["Odd"]}))


def test_a_setting_is_changed_and_read_back(scene):
    wish = {"key": "MeterValueSampleInterval", "value": "60"}
    scene.obeys("configuration.set", wish, call=("ChangeConfiguration", wish), over="kafka")
    keys = {"key": ["MeterValueSampleInterval"]}
    scene.obeys("GetConfiguration", keys, {"configurationKey": [setting("MeterValueSampleInterval", "60")]})


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
def test_a_setting_that_cannot_be_changed(scene, status):
    scene.obeys("ChangeConfiguration", {"key": "NumberOfConnectors", "value": "7"}, {"status": status})


def test_a_setting_that_needs_a_boot(scene):
    scene.boots()
    scene.obeys("ChangeConfiguration", {"key": "WebSocketPingInterval", "value": "30"}, {"status": "RebootRequired"})
    scene.obeys("Reset", {"type": "Soft"})
    scene.reboots()


# ---- firmware


def tells_of_firmware(scene, *statuses):
    for status in statuses:
        scene.says("FirmwareStatusNotification", {"status": status}, {}, ("firmware.status", {"firmware": {"status": status}}))


def update(scene, **members):
    return {"location": "ftp://host/firmware.bin", "retrieveDate": scene.time(), "retries": 2} | members


def test_firmware_is_downloaded_and_installed(scene):
    scene.boots(firmwareVersion="1.0")
    scene.obeys("UpdateFirmware", update(scene, retryInterval=60), {})
    tells_of_firmware(scene, "Downloading", "Downloaded", "Installing")
    scene.leaves()
    scene.arrives()
    scene.boots(firmwareVersion="1.1")
    tells_of_firmware(scene, "Installed")


@pytest.mark.parametrize(
    "goes", [["Downloading", "DownloadFailed"], ["Downloading", "Downloaded", "Installing", "InstallationFailed"]], ids=" ".join
)
def test_firmware_that_cannot_be_had_or_installed(scene, goes):
    due = update(scene, retryInterval=60)
    wish = {name: due[name] for name in ("location", "retrieveDate", "retries")} | {"retryIntervalSeconds": 60}
    scene.obeys("firmware.update", wish, {}, call=("UpdateFirmware", due), over="kafka")
    tells_of_firmware(scene, *goes)


def tells_of_signed_firmware(scene, request, *statuses):
    for status in statuses:
        payload = {"status": status, "requestId": request}
        scene.says("SignedFirmwareStatusNotification", payload, {}, ("firmware.status", {"firmware": payload}))


def signed(scene):
    """The version-independent wish for signed firmware, and the CALL that it makes."""
    signature = {"signingCertificate": PEM, "signature": "c2lnbmVk"}
    retrieve, install = scene.time(), scene.time()
    location = "https://host/firmware.bin"
    wish = {"location": location, "retrieveDate": retrieve, "installDate": install, "requestId": 17, "retries": 1} | signature
    firmware = {"location": location, "retrieveDateTime": retrieve, "installDateTime": install} | signature
    return wish, ("SignedUpdateFirmware", {"requestId": 17, "retries": 1, "firmware": firmware})


def test_signed_firmware_is_installed(scene):
    scene.boots(firmwareVersion="1.0")
    wish, call = signed(scene)
    scene.obeys("firmware.update", wish, call=call)
    tells_of_signed_firmware(scene, 17, "DownloadScheduled", "Downloading", "DownloadPaused", "Downloading", "Downloaded")
    tells_of_signed_firmware(scene, 17, "SignatureVerified", "InstallScheduled", "Installing", "InstallRebooting")
    scene.leaves()
    scene.arrives()
    scene.boots(firmwareVersion="1.1")
    tells_of_signed_firmware(scene, 17, "Installed")


def test_firmware_with_a_bad_signature_is_a_security_event(scene):
    scene.obeys(*signed(scene)[1])
    tells_of_signed_firmware(scene, 17, "Downloading", "Downloaded", "InvalidSignature")
    has_a_security_event(scene, "InvalidFirmwareSignature")


def test_a_second_update_takes_the_place_of_the_first(scene):
    scene.obeys(*signed(scene)[1])
    scene.obeys(*signed(scene)[1], {"status": "AcceptedCanceled"})
    tells_of_signed_firmware(scene, 17, "Downloading", "DownloadFailed", "InstallVerificationFailed", "InstallationFailed", "Idle")


@pytest.mark.parametrize("status", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
def test_signed_firmware_that_is_not_taken(scene, status):
    scene.obeys(*signed(scene)[1], {"status": status})
    has_a_security_event(scene, "InvalidFirmwareSigningCertificate", techInfo=status)


# ---- diagnostics and logs


def tells_of_diagnostics(scene, *statuses):
    for status in statuses:
        told = "diagnostics.status", {"diagnostics": {"status": status}}
        scene.says("DiagnosticsStatusNotification", {"status": status}, {}, told)


@pytest.mark.parametrize("end", ["Uploaded", "UploadFailed"])
def test_diagnostics_are_uploaded(scene, end):
    start, stop = scene.time(), scene.time()
    due = {"location": "ftp://host/", "retries": 1, "retryInterval": 60, "startTime": start, "stopTime": stop}
    wish = {"location": "ftp://host/", "retries": 1, "retryIntervalSeconds": 60, "from": start, "until": stop}
    scene.obeys("GetDiagnostics", due, {"fileName": "diagnostics.zip"})
    tells_of_diagnostics(scene, "Uploading", end, "Idle")
    scene.obeys("log.upload", wish, {"fileName": "diagnostics.zip"}, call=("GetDiagnostics", due), over="kafka")
    tells_of_diagnostics(scene, "Uploading", end)


def test_there_are_no_diagnostics(scene):
    scene.obeys("GetDiagnostics", {"location": "ftp://host/"}, {})
    scene.obeys("log.upload", {"location": "ftp://host/"}, {}, call=("GetDiagnostics", {"location": "ftp://host/"}))


def tells_of_a_log(scene, request, *statuses):
    for status in statuses:
        payload = {"status": status, "requestId": request}
        scene.says("LogStatusNotification", payload, {}, ("log.status", {"log": payload}))


@pytest.mark.parametrize("end", ["Uploaded", "UploadFailure", "PermissionDenied", "BadMessage", "NotSupportedOperation"])
def test_the_security_log_is_uploaded(scene, end):
    oldest, latest = scene.time(), scene.time()
    log = {"remoteLocation": "https://host/logs", "oldestTimestamp": oldest, "latestTimestamp": latest}
    due = {"logType": "SecurityLog", "requestId": 5, "retries": 1, "retryInterval": 60, "log": log}
    wish = {"log": "security", "location": "https://host/logs", "from": oldest, "until": latest}
    wish |= {"requestId": 5, "retries": 1, "retryIntervalSeconds": 60}
    answer = {"status": "Accepted", "filename": "security.log"}
    scene.obeys("GetLog", due, answer)
    tells_of_a_log(scene, 5, "Uploading", end)
    scene.obeys("log.upload", wish, answer | {"status": "AcceptedCanceled"}, call=("GetLog", due), over="kafka")
    tells_of_a_log(scene, 5, "Uploading", end, "Idle")


def test_another_log_is_asked_for_by_its_ocpp_name(scene):
    due = {"logType": "DiagnosticsLog", "requestId": 6, "log": {"remoteLocation": "https://host/logs"}}
    scene.obeys("GetLog", due, {"status": "Rejected"})


# ---- certificates


def test_a_root_certificate_is_installed_listed_and_deleted(scene):
    use = {"certificateType": "CentralSystemRootCertificate"}
    scene.obeys("InstallCertificate", use | {"certificate": PEM})
    scene.obeys("GetInstalledCertificateIds", use, {"status": "Accepted", "certificateHashData": [HASH]})
    scene.obeys("DeleteCertificate", {"certificateHashData": HASH})
    scene.obeys("GetInstalledCertificateIds", use, {"status": "NotFound"})
    scene.obeys("DeleteCertificate", {"certificateHashData": HASH}, {"status": "NotFound"})


def test_the_same_by_the_names_that_all_versions_share(scene):
    use = {"certificateType": "ManufacturerRootCertificate"}
    install = "InstallCertificate", use | {"certificate": PEM}
    scene.obeys("certificate.install", {"type": "manufacturerRoot", "certificate": PEM}, call=install, over="kafka")
    listed = "GetInstalledCertificateIds", use
    answer = {"status": "Accepted", "certificateHashData": [HASH]}
    scene.obeys("certificate.list", {"type": "manufacturerRoot"}, answer, call=listed, over="kafka")
    scene.obeys("certificate.delete", HASH, call=("DeleteCertificate", {"certificateHashData": HASH}), over="kafka")
    scene.obeys("certificate.list", {"type": "manufacturerRoot"}, {"status": "NotFound"}, call=listed, over="kafka")


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
def test_a_root_certificate_that_is_not_installed(scene, status):
    wish = {"certificateType": "ManufacturerRootCertificate", "certificate": "no certificate"}
    scene.obeys("InstallCertificate", wish, {"status": status})


def wants_a_certificate(scene):
    wish = {"csr": "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"}
    scene.says("SignCertificate", wish, {"status": "Accepted"}, ("certificate.request", {"certificate": wish}))


def test_the_charge_points_certificate_is_renewed(scene):
    scene.boots()
    scene.obeys("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    wants_a_certificate(scene)
    scene.obeys("CertificateSigned", {"certificateChain": PEM + PEM})
    scene.leaves()
    scene.arrives()


def test_a_chain_that_the_charge_point_does_not_trust(scene):
    wants_a_certificate(scene)
    scene.obeys("CertificateSigned", {"certificateChain": "no chain"}, {"status": "Rejected"})
    has_a_security_event(scene, "InvalidChargePointCertificate")


# ---- security


def has_a_security_event(scene, type, **members):
    payload = {"type": type, "timestamp": scene.time()} | members
    scene.says("SecurityEventNotification", payload, {}, ("security.event", {"security": payload}))


def test_security_events(scene):
    for type in ("FirmwareUpdated", "SettingSystemTime", "StartupOfTheDevice", "ResetOrReboot", "SecurityLogWasCleared"):
        has_a_security_event(scene, type)
    has_a_security_event(scene, "TamperDetectionActivated", techInfo="the lid: \"open\"")
    has_a_security_event(scene, "com.acme.SomethingElse")


def test_a_new_password_is_used_after_the_next_connection(scene):
    scene.obeys("ChangeConfiguration", {"key": "AuthorizationKey", "value": "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"})
    scene.leaves()
    scene.arrives()
    scene.beats()


# ---- what is the vendor's own


def test_data_of_the_vendor_comes_from_the_charge_point(scene):
    for wish in ({"vendorId": "com.acme"}, {"vendorId": "com.acme", "messageId": "Colour", "data": '{"led":"green"}'}):
        scene.says("DataTransfer", wish, {"status": "UnknownVendorId"}, ("data.transfer", {"transfer": wish}))


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"])
def test_data_of_the_vendor_goes_to_the_charge_point(scene, status):
    wish = {"vendorId": "com.acme", "messageId": "Colour", "data": '{"led":"green"}'}
    answer = {"status": status, "data": "[1, 2]"} if status == "Accepted" else {"status": status}
    scene.obeys("DataTransfer", wish, answer)
    scene.obeys("data.transfer", wish, answer, call=("DataTransfer", wish), over="kafka")
