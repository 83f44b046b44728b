//! Limits numbers from a file, so that adding up those of any run cannot overflow.

use serde_json::Value;

/// As milliseconds almost nine thousand years.
const MOST: u64 = 1 << 48;

/// Replaces every larger number in it by [`MOST`].
pub(crate) fn bound(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(|number| number > MOST) => {
            *value = MOST.into();
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        Value::Object(attrs) => attrs.values_mut().for_each(bound),
        _ => {}
    }
}
