//! Arithmetic has a value for every legal setting, or the manifest is refused.

use domi_model::validate;
use serde_json::{Value, json};

use crate::sound;

/// What is wrong with an integer that is written into the service, with some options to make it of.
#[track_caller]
fn check(value: Value, fault: Option<&str>) {
    let mut json = sound();
    let options = json["options"].as_array_mut().unwrap();
    let int = |name: &str, ty: Value| json!({ "name": name, "type": ty, "description": "N.", "default": { "literal": 1 } });
    options.extend([
        int("any", json!({ "int": {} })),
        int("word", json!({ "int": { "min": 0, "max": 65535 } })),
        int("long", json!({ "int": { "min": 0, "max": 4_294_967_295_u32 } })),
        int("some", json!({ "int": { "min": 1, "max": 9 } })),
        int("share", json!({ "number": {} })),
        int("maybe", json!({ "nullOr": { "int": { "min": 1 } } })),
    ]);
    json["system"]["units"][0]["config"]["TasksMax"] = json!({ "value": value });
    let problems = validate(&serde_json::from_value(json).unwrap());
    let found: Vec<_> = problems.iter().map(|problem| &*problem.message).collect();
    let fault = fault.map(|fault| format!("TasksMax: {fault}"));
    assert_eq!(found, fault.as_deref().as_slice(), "{value}");
}

fn option(name: &str) -> Value {
    json!({ "option": [name] })
}

fn int(n: i64) -> Value {
    json!({ "literal": n })
}

fn calculated(left: Value, op: &str, right: Value) -> Value {
    json!({ "arithmetic": { "op": op, "left": left, "right": right } })
}

#[test]
fn what_stays_within_64_bits_is_calculated() {
    check(calculated(calculated(option("long"), "multiply", int(3)), "divide", int(4)), None);
    check(calculated(option("port"), "add", int(1)), None);
    check(calculated(option("any"), "remainder", option("some")), None);
    check(calculated(option("any"), "least", option("long")), None);
    let product = calculated(option("long"), "multiply", option("word"));
    check(calculated(product.clone(), "multiply", int(30_000)), None);
    check(
        calculated(product, "multiply", int(40_000)),
        Some(
            "(`long` * `word`) * 40000 may be 11258827267113000000, which 64 bits do not hold; \
             keep (`long` * `word`) within 0..=230584300921369, by ranges of options or by the \
             least and the greatest of two (`min`, `max`)",
        ),
    );
    check(
        calculated(option("any"), "multiply", int(2)),
        Some(
            "`any` * 2 may be -18446744073709551616, which 64 bits do not hold; give `any` a range \
             such as -4611686018427387903..=4611686018427387903",
        ),
    );
    check(
        calculated(option("any"), "multiply", option("any")),
        Some(
            "`any` * `any` may be -85070591730234615856620279821087277056, which 64 bits do not \
             hold; give both a range such as -2147483647..=2147483647 and -2147483647..=2147483647",
        ),
    );
}

#[test]
fn nothing_is_divided_by_what_may_be_zero() {
    let quotient = || calculated(int(100), "divide", option("word"));
    check(
        quotient(),
        Some(
            "`word` may be 0, by which nothing is divided; give it a range of 1 or more \
             (`range = 1..`), or a condition that it is not 0",
        ),
    );
    check(
        calculated(int(1), "remainder", option("any")),
        Some(
            "`any` may be 0, by which nothing is divided; give it a range which 0 is not in, or a \
             condition that it is not 0",
        ),
    );
    let chosen = |condition: Value, then: Value, otherwise: Value| json!({ "if": { "condition": condition, "then": then, "otherwise": otherwise } });
    let compared = |op: &str, left: Value, right: Value| json!({ "compare": { "op": op, "left": left, "right": right } });
    for condition in [
        compared("notEqual", option("word"), int(0)),
        compared("greater", option("word"), int(0)),
        compared("lessOrEqual", int(1), option("word")),
        json!({ "not": compared("equal", option("word"), int(0)) }),
        json!({ "and": [{ "literal": true }, compared("greater", option("word"), int(4))] }),
    ] {
        check(chosen(condition.clone(), quotient(), int(0)), None);
        check(
            chosen(condition, int(0), quotient()),
            Some(
                "`word` may be 0, by which nothing is divided; give it a range of 1 or more \
                 (`range = 1..`), or a condition that it is not 0",
            ),
        );
    }
    check(chosen(compared("less", option("word"), int(1)), int(0), quotient()), None);
}

#[test]
fn what_is_known_of_a_name_is_forgotten_where_another_has_it() {
    let word = json!({ "variable": { "name": "n" } });
    let quotient = calculated(int(8), "divide", word.clone());
    let over = |list: Value, body: Value| json!({ "mapList": { "over": list, "item": "n", "body": body } });
    let list = json!({ "list": [option("word")] });
    let condition = json!({ "compare": { "op": "greater", "left": word, "right": int(0) } });
    let guarded = |then: Value| json!({ "if": { "condition": condition, "then": then, "otherwise": { "list": [] } } });
    let one = |body: Value| json!({ "join": { "separator": "", "list": over(list.clone(), json!({ "text": [body] })) } });
    check(one(guarded_value(&condition, &quotient)), None);
    let inner = guarded(over(list.clone(), quotient));
    let json = json!({ "toJson": over(list.clone(), inner) });
    check(
        json,
        Some(
            "`n` may be 0, by which nothing is divided; give it a range of 1 or more \
             (`range = 1..`), or a condition that it is not 0",
        ),
    );
}

fn guarded_value(condition: &Value, then: &Value) -> Value {
    json!({ "if": { "condition": condition, "then": then, "otherwise": int(0) } })
}

#[test]
fn only_integers_are_calculated_with() {
    for (wrong, is) in [
        (option("share"), "a number"),
        (option("maybe"), "something that may be null"),
        (json!({ "literal": "1" }), "a string"),
    ] {
        let fault = format!("only integers are calculated with, not {is}");
        check(calculated(wrong, "add", int(1)), Some(&fault));
    }
}
