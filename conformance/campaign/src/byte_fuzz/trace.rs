//! Bytes as the file of a trace: a trace stays the same when it is written and read again.

use crate::sequence::Trace;

pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let Ok(trace) = Trace::read(bytes) else { return Ok(()) };
    let text = trace.written().map_err(|error| format!("a trace that was read cannot be written: {error}"))?;
    match Trace::read(text.as_bytes()) {
        Ok(again) if again == trace => Ok(()),
        Ok(again) => Err(format!("a trace is another when it is read again\n  once: {trace:?}\n  again: {again:?}")),
        Err(error) => Err(format!("a trace that was written cannot be read: {error}\n  {text}")),
    }
}
