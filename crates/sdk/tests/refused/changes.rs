use domi::prelude::*;

fn changes(system: &mut System) {
    system.mount("/srv/a", "/srv/b").restart_trigger("a");
    system.drop_in("systemd-journald").restart_trigger("a");
    system.timer("a").reload_trigger("a");
    system.timer("a").if_changed(IfChanged::Stay);
    system.service("a").if_changed("stay");
    system.service("a").restart_trigger(["a"]);
}

fn main() {}
