"""What the edge says to the core, as records: configuration, the operator, a start. Never hot.

The same names as in fields.pyx: record_fields(config_command(kind, values)) gives the values back.
Seq and time are left 0: the door stamps them.
"""

from libc.string cimport memset

from internaliser.model.command cimport *
from internaliser.model.record cimport *
from internaliser.model.types cimport *

from internaliser.model.codes import ADMINS, CONFIGS


def config_command(str kind not None, values, *, str name="", str note="") -> bytes:
    """A CONFIG command: `kind` as in "instrument", `values` by the fields of its Config struct."""
    cdef Command command
    code = code_of(CONFIGS, kind)
    memset(&command, 0, COMMAND_HEAD)
    command.session = command.client = command.instrument = command.source = NONE16
    command.action = code
    payload = config_struct(code, halved(values))
    return command_record(&command, KIND_CONFIG, payload, ("", "", name, note))


def admin_command(
    str action not None, *, client=None, source=None, uint64_t target_id=0, int64_t qty=0,
    int64_t price=0, transfer=None, str note=""
) -> bytes:
    """An ADMIN command: `action` as in "halt", `note` who and why; `transfer` as AdminTransfer."""
    cdef Command command
    cdef AdminTransfer payload
    cdef bytes head = b""
    code = code_of(ADMINS, action.replace("-", "_"))
    memset(&command, 0, COMMAND_HEAD)
    command.session = command.instrument = NONE16
    command.client = NONE16 if client is None else client
    command.source = NONE16 if source is None else source
    command.action = code
    command.target_id = target_id
    command.qty = qty
    command.price = price
    if (code == ADMIN_TRANSFER) != (transfer is not None):
        raise ValueError("a transfer, and nothing else, carries the fields of AdminTransfer")
    if transfer is not None:
        memset(&payload, 0, sizeof(payload))
        payload = completed(dict(payload), halved(transfer))
        head = (<const char*> &payload)[:sizeof(payload)]
    return command_record(&command, KIND_ADMIN, head, ("", "", "", note))


def epoch_command(uint64_t epoch, int64_t rules_version) -> bytes:
    """The first command of a start: a number no earlier start had, and the rules it decides by."""
    cdef Command command
    memset(&command, 0, COMMAND_HEAD)
    command.session = command.client = command.instrument = command.source = NONE16
    command.target_id = epoch
    command.qty = rules_version
    return command_record(&command, KIND_EPOCH, b"", ("", "", "", ""))


cdef bytes command_record(Command* command, uint16_t kind, bytes payload, tuple found):
    """The record of a command whose head is filled in, from its struct and its four texts."""
    encoded = [text.encode("latin-1") for text in found]
    for i, (text, most) in enumerate(zip(encoded, (CL_ORD_ID_MAX, CL_ORD_ID_MAX, 255, 255))):
        if len(text) > most:
            raise ValueError(f"expected at most {most} bytes, found {text!r}")
        command.text_size[i] = len(text)
    payload += b"".join(encoded)
    payload += bytes((8 - len(payload) % 8) % 8)  # COMMAND_HEAD is a multiple of 8
    command.head.kind = kind
    command.head.size = COMMAND_HEAD + len(payload)
    return (<const char*> command)[:COMMAND_HEAD] + payload


cdef dict completed(dict zeros, values):
    """`values` with zeros for what they leave out. ValueError for a field the struct has not."""
    unknown = set(values) - set(zeros)
    if unknown:
        raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
    # Padding arrives as an empty text and leaves as the three zeros both structs with one have.
    padding = {name: (0, 0, 0) for name, value in zeros.items() if isinstance(value, bytes)}
    return {**zeros, **padding, **values}


cdef bytes config_struct(uint8_t kind, values):
    cdef ConfigAsset asset
    cdef ConfigInstrument instrument
    cdef ConfigClient client
    cdef ConfigSession session
    cdef ConfigSource source
    cdef ConfigMoney money
    cdef ConfigLimits limits
    cdef ConfigListing listing
    cdef ConfigReference reference
    if kind == CONFIG_ASSET:
        memset(&asset, 0, sizeof(asset))
        asset = completed(dict(asset), values)
        return (<const char*> &asset)[:sizeof(asset)]
    if kind == CONFIG_INSTRUMENT:
        memset(&instrument, 0, sizeof(instrument))
        instrument = completed(dict(instrument), values)
        return (<const char*> &instrument)[:sizeof(instrument)]
    if kind == CONFIG_CLIENT:
        memset(&client, 0, sizeof(client))
        client = completed(dict(client), values)
        return (<const char*> &client)[:sizeof(client)]
    if kind == CONFIG_SESSION:
        memset(&session, 0, sizeof(session))
        session = completed(dict(session), values)
        return (<const char*> &session)[:sizeof(session)]
    if kind == CONFIG_SOURCE:
        memset(&source, 0, sizeof(source))
        source = completed(dict(source), values)
        return (<const char*> &source)[:sizeof(source)]
    if kind == CONFIG_LIMITS:
        memset(&limits, 0, sizeof(limits))
        limits = completed(dict(limits), values)
        return (<const char*> &limits)[:sizeof(limits)]
    if kind == CONFIG_LISTING:
        memset(&listing, 0, sizeof(listing))
        listing = completed(dict(listing), values)
        return (<const char*> &listing)[:sizeof(listing)]
    if kind == CONFIG_REFERENCE:
        memset(&reference, 0, sizeof(reference))
        reference = completed(dict(reference), values)
        return (<const char*> &reference)[:sizeof(reference)]
    memset(&money, 0, sizeof(money))
    money = completed(dict(money), values)
    return (<const char*> &money)[:sizeof(money)]


cdef object code_of(names, text):
    for code, name in names.items():
        if name == text:
            return code
    raise ValueError(f"expected one of {', '.join(names.values())}, found {text}")


cdef dict halved(values):
    """Amounts of money as the two halves that structs carry."""
    cdef dict result = dict(values)
    for name in ("amount", "notional_min"):
        if name in result:
            amount = result.pop(name)
            low = amount & 0xFFFF_FFFF_FFFF_FFFF
            result[f"{name}_lo"] = low - (1 << 64) if low >> 63 else low
            result[f"{name}_hi"] = amount >> 64
    return result
