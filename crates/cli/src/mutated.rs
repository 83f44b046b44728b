//! Mutated files and arguments are read or refused, without a panic.

use domi_mutate::read_texts;

#[test]
fn domi_toml_never_panics() {
    let all = r#"
        guest = { memory = "1 GiB", cpus = 4, distribution = "debian-trixie", sources = "x.sources" }
        cache.url = "https://cache.example.org"
        [github]
        [limits]
        test = "5m"
        step = "1h 30m"
        plugin = "90s"
        [packages.nginx]
        debian = ["nginx-light"]
        paths = { "bin/nginx" = "/usr/sbin/nginx" }
        [test]
        jobs = 3
    "#;
    read_texts(&[all, ""], |text| drop(crate::config::read(text)));
}

#[test]
fn quarantine_toml_never_panics() {
    let all = r#"
        [[quarantine]]
        jobs = "feature(feature-x) and not system(aarch64-linux)"
        reason = "the clock jumps"
        until = 2026-12-31
        [[quarantine]]
        jobs = "/a.*b/ or ~c"
        reason = "why"
        until = 2027-01-01
    "#;
    read_texts(&[all], |text| drop(crate::quarantine::parse(text)));
}

#[test]
fn what_describes_a_module_never_panics() {
    let all = r#"
        name = "site"
        imports = ["base.nix", ".#nixosModules.site"]
        settings.services.site = { enable = true, port = 80 }
        packages.ping = { nixpkgs = ["iputils"], debian = ["iputils-ping"] }
        [[test]]
        name = "answers"
        machines.server.settings.services.site.port = 81
        machines.client.enable = false
        steps = [
          { machine = "server", action.waitForPort = 81 },
          { machine = "client", action.output = { command = "x", expect.contains = "y" } },
        ]
        [[test]]
        name = "refuses"
        refuse = { settings.a = 1, because = "b" }
    "#;
    read_texts(&[all], |text| drop(crate::by_hand::read("site.domi.toml", text)));
    let listed =
        "[[module]]\nmodule = 'a.nix'\nsettings.a = 1\n[[module.test]]\nname = 'x'\nsteps = []\n";
    read_texts(&[listed], |text| drop(crate::by_hand::listed("domi.toml", text)));
}

#[test]
fn a_filter_never_panics() {
    let filters = ["feature(=a) and not (system(~b) or test(/c{1,3}/))", "!a & (b | c)", "all()"];
    read_texts(&filters, |text| drop(text.parse::<domi_runner::Filter>()));
}

#[test]
fn a_time_never_panics() {
    read_texts(&["1h 30m", "90s", "PT5M", "18446744073709551615s"], |text| {
        drop(crate::values::duration(text));
    });
}
