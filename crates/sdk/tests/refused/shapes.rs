use domi::prelude::*;

#[derive(Options)]
struct Generic<T> {
    /// Of any type.
    a: T,
}

#[derive(Options)]
struct Unnamed(i32);

#[derive(Options)]
union Either {
    a: i32,
    b: u32,
}

#[derive(Options)]
enum Mixed {
    /// Nothing.
    Nothing,
    /// Something.
    Something(i32),
}

#[derive(Options)]
enum Inline {
    /// With fields.
    Fields { a: i32 },
    /// With several values.
    Values(i32, i32),
}

#[derive(Options)]
enum Undescribed {
    A(i32),
    /// Another.
    B(String),
}

#[derive(Options)]
enum Empty {}

fn main() {}
