//! Values as JSON.

use crate::Datum;
use crate::escape::{json_float, json_string};
use crate::eval::Scope;

impl Scope<'_> {
    /// A value as one line of JSON.
    pub(crate) fn to_json(&self, value: &Datum) -> String {
        match value {
            Datum::Null => "null".to_owned(),
            Datum::Bool(b) => b.to_string(),
            Datum::Int(n) => n.to_string(),
            Datum::Float(x) => json_float(*x),
            Datum::Str(s) => json_string(s),
            Datum::Package(name) => json_string(&self.package_path(name, "")),
            Datum::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.to_json(item)).collect();
                format!("[{}]", items.join(","))
            }
            Datum::Attrs(attrs) => {
                let each = attrs.iter();
                let attrs: Vec<_> =
                    each.map(|(k, v)| format!("{}:{}", json_string(k), self.to_json(v))).collect();
                format!("{{{}}}", attrs.join(","))
            }
        }
    }
}
