use std::borrow::Borrow;
use std::collections::BTreeMap;

use domi_model::{
    Changes, Claim, ClaimKind, Content, Each, EtcFile, Expr as Untyped, FirewallPorts, Group,
    InstalledPackage, Place, Problem, Protocol, Scope, Sysctl, System as Model, TmpfilesRule,
    Unit as ModelUnit, UnitKind, User,
};

use crate::bind::{self, bound};
use crate::fault::{self, BAD_EXPRESSION};
use crate::part::also_when;
use crate::place::here;
use crate::unit::kinds;
use crate::{
    AddedFile, AddedGroup, AddedUser, DropIn, Expr, IntoAny, IntoExpr, IntoSetting, IntoText, Map,
    Neighbour, NeighbourSettings, NixosOption, Package, Part, Port, Script, Service,
    SettingsFormat, Timer, Unit,
};

/// What a machine has while a feature is enabled.
#[derive(Debug, Default)]
pub struct System {
    model: Model,
    /// Where the `each` is that is around, if one is.
    within_each: Option<Place>,
    /// Where each kernel parameter is set.
    sysctl: Vec<Option<Place>>,
}

impl System {
    pub(crate) fn into_model(self) -> Model {
        let mut always = BTreeMap::new();
        for (part, place) in self.model.sysctl.iter().zip(&self.sysctl) {
            if !part.scope.is_plain() {
                continue;
            }
            if let Some(first) = always.insert(&part.name, place) {
                let thing = format!("the kernel parameter `{}`", part.name);
                fault::note(fault::twice("system", &thing, first.as_ref(), place.clone()));
            }
        }
        self.model
    }

    /// Everything that the body adds is there only where the condition is true.
    pub fn when(&mut self, condition: impl IntoExpr<bool>, body: impl FnOnce(&mut Self)) {
        let mut inner = Self { within_each: self.within_each.clone(), ..Self::default() };
        body(&mut inner);
        let condition = condition.into_expr().into_model();
        self.take(inner, |scope| also_when(scope, condition.clone()));
    }

    /// Everything that the body adds is there once for each attribute: one service per instance.
    /// The body gets the attribute's name and value. The manifest cannot express an `each` within
    /// another one, which is a problem of the feature.
    #[track_caller]
    pub fn each<M: Map>(
        &mut self,
        over: impl Borrow<Expr<M>>,
        body: impl FnOnce(&mut Self, Expr<String>, Expr<M::Value>),
    ) {
        let over = over.borrow().as_model().clone();
        let place = here();
        let mut inner = Self { within_each: place.clone(), ..Self::default() };
        let (((), value), name) = bound("name", |name| {
            bound(&bind::element(&over), |value| {
                body(&mut inner, Expr::from_model(name), Expr::from_model(value));
            })
        });
        let neighbours = inner.model.settings.drain(..).map(|it| (it.feature, it.place));
        let options = inner.model.nixos.drain(..).map(|it| (it.option.to_string(), it.place));
        let what = ["another feature", "an option of NixOS"];
        let firsts = [neighbours.into_iter().next(), options.into_iter().next()];
        for (what, (subject, place)) in
            what.into_iter().zip(firsts).filter_map(|(a, b)| Some((a, b?)))
        {
            let fault = format!("{what} is set within `each`");
            fault::note(
                Problem::error(BAD_EXPRESSION, subject, fault)
                    .at(place)
                    .next("set it once, with `map_values` of what `each` goes over"),
            );
        }
        if let Some(outer) = &self.within_each {
            let fault = format!("`each` stands within the `each` at {outer}");
            fault::note(
                Problem::error(BAD_EXPRESSION, "system", fault)
                    .at(place)
                    .next("make one attribute set of all instances an option, and go over that"),
            );
            return;
        }
        let each = Each { over, name, value };
        self.take(inner, |scope| scope.each = Some(each.clone()));
    }

    /// Adds the parts of another system, each with its scope changed.
    fn take(&mut self, other: Self, mut change: impl FnMut(&mut Scope)) {
        let Self { model: mut other, sysctl, .. } = other;
        self.sysctl.extend(sysctl);
        other.packages.iter_mut().for_each(|part| change(&mut part.scope));
        other.units.iter_mut().for_each(|part| change(&mut part.scope));
        other.etc.iter_mut().for_each(|part| change(&mut part.scope));
        other.users.iter_mut().for_each(|part| change(&mut part.scope));
        other.groups.iter_mut().for_each(|part| change(&mut part.scope));
        other.tmpfiles.iter_mut().for_each(|part| change(&mut part.scope));
        other.sysctl.iter_mut().for_each(|part| change(&mut part.scope));
        other.firewall.iter_mut().for_each(|part| change(&mut part.scope));
        other.claims.iter_mut().for_each(|part| change(&mut part.scope));
        let settings = other.settings.iter_mut().map(|setting| &mut setting.when);
        for when in settings.chain(other.nixos.iter_mut().map(|setting| &mut setting.when)) {
            let mut scope = Scope { when: when.take(), each: None };
            change(&mut scope);
            *when = scope.when;
        }
        self.model.nixos.append(&mut other.nixos);
        self.model.settings.append(&mut other.settings);
        self.model.packages.append(&mut other.packages);
        self.model.units.append(&mut other.units);
        self.model.etc.append(&mut other.etc);
        self.model.users.append(&mut other.users);
        self.model.groups.append(&mut other.groups);
        self.model.tmpfiles.append(&mut other.tmpfiles);
        self.model.sysctl.append(&mut other.sysctl);
        self.model.firewall.append(&mut other.firewall);
        self.model.claims.append(&mut other.claims);
    }

    /// Puts a package on everyone's PATH.
    pub fn package(&mut self, package: impl IntoExpr<Package>) -> Part<'_> {
        let package = package.into_expr().into_model();
        let parts = &mut self.model.packages;
        parts.push(InstalledPackage { package, scope: Scope::default() });
        Part::last(parts.last_mut().map(|part| &mut part.scope))
    }

    /// Puts a script on everyone's PATH, as a command of its name:
    /// `system.command(&script("shop-status", "…"))`. It is called with the PATH of whoever calls it;
    /// give it other programs as values. No other feature of the machine may have a command of that
    /// name.
    pub fn command(&mut self, script: &Script) -> Part<'_> {
        let package = script.file().into_model();
        let parts = &mut self.model.packages;
        parts.push(InstalledPackage { package, scope: Scope::default() });
        Part::last(parts.last_mut().map(|part| &mut part.scope))
    }

    /// Adds a service, by its name without `.service`.
    #[track_caller]
    pub fn service(&mut self, name: impl IntoText) -> Service<'_> {
        self.unit(UnitKind::Service, name.into_text())
    }

    /// Adds a timer, by its name without `.timer`; it starts the service of the same name.
    #[track_caller]
    pub fn timer(&mut self, name: impl IntoText) -> Timer<'_> {
        self.unit(UnitKind::Timer, name.into_text())
    }

    /// Adds a socket, by its name without `.socket`.
    #[track_caller]
    pub fn socket(&mut self, name: impl IntoText) -> Unit<'_, kinds::Socket> {
        self.unit(UnitKind::Socket, name.into_text())
    }

    /// Adds a path to watch, by its name without `.path`.
    #[track_caller]
    pub fn path(&mut self, name: impl IntoText) -> Unit<'_, kinds::Path> {
        self.unit(UnitKind::Path, name.into_text())
    }

    /// Adds a slice, by its name without `.slice`.
    #[track_caller]
    pub fn slice(&mut self, name: impl IntoText) -> Unit<'_, kinds::Slice> {
        self.unit(UnitKind::Slice, name.into_text())
    }

    /// Adds a target, by its name without `.target`.
    #[track_caller]
    pub fn target(&mut self, name: impl IntoText) -> Unit<'_, kinds::Target> {
        self.unit(UnitKind::Target, name.into_text())
    }

    /// Mounts something, such as a device, a share or with the option `bind` another folder, at a
    /// fixed path. It is mounted where another unit requires it or
    /// [`wanted_by`](Unit::wanted_by) says so.
    #[track_caller]
    pub fn mount(&mut self, path: &str, what: impl IntoSetting) -> Unit<'_, kinds::Mount> {
        self.unit(UnitKind::Mount, path.into_text()).config("What", what)
    }

    /// Mounts a path when somebody looks at it first: that for which there is a
    /// [`mount`](Self::mount).
    #[track_caller]
    pub fn automount(&mut self, path: &str) -> Unit<'_, kinds::Automount> {
        self.unit(UnitKind::Automount, path.into_text())
    }

    /// Adds to a unit that every machine has, such as `systemd-journald` or `user.slice`; without
    /// a suffix it is a service. What is given is appended to what the unit has, as systemd does
    /// with a file in `systemd-journald.service.d`: lists grow, and a key that is there once gets
    /// the new value. To put a list in the place of the unit's own, give `""` first:
    /// `.config("ReadWritePaths", ["", "/srv"])`. The unit's `ExecStart` stays as it is.
    #[track_caller]
    pub fn drop_in(&mut self, unit: &str) -> DropIn<'_> {
        let kinds = [
            UnitKind::Service,
            UnitKind::Timer,
            UnitKind::Socket,
            UnitKind::Path,
            UnitKind::Target,
            UnitKind::Slice,
        ];
        let named = unit.rsplit_once('.').and_then(|(name, suffix)| {
            kinds.into_iter().find(|kind| kind.suffix() == suffix).map(|kind| (kind, name))
        });
        let (kind, name) = named.unwrap_or((UnitKind::Service, unit));
        self.unit::<kinds::Existing>(kind, name.into_text()).into_drop_in()
    }

    #[track_caller]
    pub(crate) fn unit<K>(&mut self, kind: UnitKind, name: Untyped) -> Unit<'_, K> {
        self.model.units.push(ModelUnit {
            kind,
            name,
            aliases: Vec::new(),
            drop_in: false,
            scope: Scope::default(),
            description: None,
            wanted_by: Vec::new(),
            relations: [].into(),
            unit_config: [].into(),
            environment: [].into(),
            path: Vec::new(),
            commands: [].into(),
            config: [].into(),
            changes: Changes::default(),
            place: here(),
        });
        Unit::new(self.model.units.last_mut().expect("a unit was just added"))
    }

    /// Adds a file below `/etc` that holds a text. Everyone can read it: no secrets.
    pub fn etc(&mut self, path: impl IntoText, text: impl IntoText) -> AddedFile<'_> {
        self.etc_file(path.into_text(), Content::Text(text.into_text()))
    }

    /// Adds a file below `/etc` that holds settings in a format. Everyone can read it: no
    /// secrets.
    pub fn etc_settings<F: SettingsFormat>(
        &mut self,
        path: impl IntoText,
        _: F,
        settings: impl IntoAny,
    ) -> AddedFile<'_> {
        let value = settings.into_any();
        self.etc_file(path.into_text(), Content::Settings { format: F::FORMAT, value })
    }

    fn etc_file(&mut self, path: Untyped, content: Content) -> AddedFile<'_> {
        let parts = &mut self.model.etc;
        parts.push(EtcFile {
            path,
            content,
            mode: None,
            user: None,
            group: None,
            scope: Scope::default(),
        });
        AddedFile(parts.last_mut().expect("a file was just added"))
    }

    /// Adds a user and a group of the same name: a system user, unless more is said of it.
    pub fn user(&mut self, name: impl IntoText, description: impl IntoText) -> AddedUser<'_> {
        let name = name.into_text();
        self.model.groups.push(Group { name: name.clone(), gid: None, scope: Scope::default() });
        let parts = &mut self.model.users;
        parts.push(User {
            group: name.clone(),
            name,
            normal: false,
            uid: None,
            extra_groups: Vec::new(),
            description: Some(description.into_text()),
            home: None,
            create_home: false,
            shell: None,
            scope: Scope::default(),
        });
        let user = parts.last_mut().expect("a user was just added");
        AddedUser::new(user, &mut self.model.groups)
    }

    /// Adds a group.
    pub fn group(&mut self, name: impl IntoText) -> AddedGroup<'_> {
        let parts = &mut self.model.groups;
        parts.push(Group { name: name.into_text(), gid: None, scope: Scope::default() });
        AddedGroup(parts.last_mut().expect("a group was just added"))
    }

    /// Makes a folder when the machine starts, with its mode in octal and its owner.
    pub fn folder(&mut self, path: impl IntoText, mode: &str, owner: impl IntoText) -> Part<'_> {
        let owner = owner.into_text();
        self.tmpfiles(TmpfilesRule {
            kind: "d".to_owned(),
            path: path.into_text(),
            mode: Some(mode.to_owned()),
            user: Some(owner.clone()),
            group: Some(owner),
            age: None,
            argument: None,
            scope: Scope::default(),
        })
    }

    /// Adds a line of tmpfiles.d.
    pub fn tmpfiles(&mut self, rule: TmpfilesRule) -> Part<'_> {
        let parts = &mut self.model.tmpfiles;
        parts.push(rule);
        Part::last(parts.last_mut().map(|part| &mut part.scope))
    }

    /// Sets a kernel parameter.
    #[track_caller]
    pub fn sysctl(&mut self, name: &str, value: impl IntoText) -> Part<'_> {
        self.sysctl.push(here());
        let parts = &mut self.model.sysctl;
        let (name, value) = (name.to_owned(), value.into_text());
        parts.push(Sysctl { name, value, scope: Scope::default() });
        Part::last(parts.last_mut().map(|part| &mut part.scope))
    }

    /// Lets TCP connections in at these ports.
    pub fn allow_tcp(&mut self, ports: impl IntoExpr<Vec<Port>>) -> Part<'_> {
        self.allow(Protocol::Tcp, ports.into_expr())
    }

    /// Lets UDP packets in at these ports.
    pub fn allow_udp(&mut self, ports: impl IntoExpr<Vec<Port>>) -> Part<'_> {
        self.allow(Protocol::Udp, ports.into_expr())
    }

    fn allow(&mut self, protocol: Protocol, ports: Expr<Vec<Port>>) -> Part<'_> {
        let parts = &mut self.model.firewall;
        parts.push(FirewallPorts { protocol, ports: ports.into_model(), scope: Scope::default() });
        Part::last(parts.last_mut().map(|part| &mut part.scope))
    }

    /// Says that the feature listens on these TCP ports. No other feature of the machine may then
    /// do so, which is a problem before anything starts. Of port 0 there are many.
    #[track_caller]
    pub fn claims_tcp(&mut self, ports: impl IntoExpr<Vec<Port>>) -> Part<'_> {
        self.claim(ClaimKind::Tcp, ports.into_expr().into_model())
    }

    /// Says that the feature listens on these UDP ports, as [`claims_tcp`](Self::claims_tcp) does.
    #[track_caller]
    pub fn claims_udp(&mut self, ports: impl IntoExpr<Vec<Port>>) -> Part<'_> {
        self.claim(ClaimKind::Udp, ports.into_expr().into_model())
    }

    /// Says that a path belongs to the feature: no other one of the machine may have it. Files
    /// under `/etc`, rules of tmpfiles.d, homes that are made and folders such as `StateDirectory`
    /// are claimed by themselves, and so are units, users and groups.
    #[track_caller]
    pub fn claims_path(&mut self, path: impl IntoText) -> Part<'_> {
        self.claim(ClaimKind::Path, Untyped::List(vec![path.into_text()]))
    }

    /// Sets options of another feature, where that is on the machine.
    pub fn neighbour<N: Neighbour>(&mut self) -> NeighbourSettings<'_, N> {
        NeighbourSettings::of(&mut self.model.settings)
    }

    /// Sets an option of NixOS's own modules, by its path:
    /// `nixos("services.openssh.enable").set(true)`. It may be an attribute within one, with a name in
    /// quotes where it is no identifier: `nixos("services.nginx.virtualHosts.\"a.org\".root")`.
    ///
    /// What these modules make of it is known only to a Nix. A test with such a setting runs on NixOS,
    /// and with `--realiser nix` on a portable machine. Elsewhere it is skipped, named and counted. What
    /// the other methods can say is refused here, with their names.
    #[track_caller]
    pub fn nixos(&mut self, option: &str) -> NixosOption<'_> {
        NixosOption::of(&mut self.model.nixos, option)
    }

    #[track_caller]
    fn claim(&mut self, kind: ClaimKind, values: Untyped) -> Part<'_> {
        let parts = &mut self.model.claims;
        parts.push(Claim { kind, values, scope: Scope::default(), place: here() });
        Part::last(parts.last_mut().map(|part| &mut part.scope))
    }
}
