# One CloudEvents record of ocpp-events-up → one short line for people: time, charge point, type, some facts.
# Used by `./dev run`: jq --raw-input --raw-output --from-file tools/live-events.jq

def padded($width): . + (" " * ([$width - length, 1] | max));
# What a device sent may hold control characters; a terminal must not obey them.
def harmless: gsub("[[:cntrl:]]"; "?");

def facts:
  [ .data
    | to_entries[]
    | select(.key | IN("chargePoint", "pod", "flags", "ocpp") | not)
    | if .value | type == "object" then .value | to_entries[] else . end
    | select(.key | IN("epoch", "sequence", "previousEpoch", "timestamp") | not)
    | select(.value | type | IN("string", "number", "boolean")) | select(.value != "")
    | "\(.key)=\(.value)" ][0:5]
  + [ .data.meter // [] | .[].samples[0] | "\(.measurand // "Energy.Active.Import.Register")=\(.value)\(.unit // "")" ][0:2]
  + [ .data.flags // [] | .[] | "[\(.)]" ]
  | join(" ");

fromjson? // empty
| "  \(.time[11:23])  \(.subject // "-" | padded(14))\(.type | padded(26))\(facts)"
| harmless
| .[0:150]
