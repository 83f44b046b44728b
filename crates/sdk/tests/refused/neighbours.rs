use domi::prelude::*;

#[derive(Options)]
struct Wiki {
    /// Its port.
    port: Port,
}

#[derive(Options)]
struct Gateway {
    /// Its port.
    port: Port,
    /// Its name.
    name: String,
}

impl Neighbour for Gateway {
    const NAME: &str = "gateway";
    const KIND: Kind = Kind::Services;
}

fn system(cfg: &Expr<Wiki>, system: &mut System) {
    // Not of the option's type.
    system.neighbour::<Gateway>().set(|it| it.port(), "80");
    system.neighbour::<Gateway>().set(|it| it.name(), cfg.port());
    // Not an option of the other feature.
    system.neighbour::<Gateway>().set(|it| it.ports(), 80);
    // Of a struct that is no other feature.
    system.neighbour::<Wiki>().set(|it| it.port(), 80);
    // It may not be there.
    let port: Expr<Port> = neighbour::<Gateway>().read(|it| it.port());
    // What counts where it is not there is of the same type.
    let name = neighbour::<Gateway>().read(|it| it.name()).or(cfg.port());
}

fn main() {}
