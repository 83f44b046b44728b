//! Users, groups and files that belong to somebody.

use domi_model::{EtcFile, Group, User};

use crate::part::also_when;
use crate::{AbsolutePath, IntoExpr, IntoText};

/// A user that was just added, to be described. Without more it is a system user that nobody can
/// log in as, with no home and a number that the machine chooses.
#[derive(Debug)]
pub struct AddedUser<'a> {
    user: &'a mut User,
    groups: &'a mut Vec<Group>,
    /// Whether the last one of the groups is the user's own.
    own_group: bool,
}

impl<'a> AddedUser<'a> {
    pub(crate) fn new(user: &'a mut User, groups: &'a mut Vec<Group>) -> Self {
        Self { user, groups, own_group: true }
    }

    /// Gives it a fixed number: 400 to 899, or 1000 to 29999 for a user for people. Its files then
    /// belong to it on every machine.
    pub fn uid(self, uid: u32) -> Self {
        self.user.uid = Some(uid);
        self
    }

    /// Gives its own group a fixed number, as [`uid`](Self::uid) does for the user.
    pub fn gid(self, gid: u32) -> Self {
        if let Some(group) = self.groups.last_mut().filter(|_| self.own_group) {
            group.gid = Some(gid);
        }
        self
    }

    /// Makes it one for people to log in as: with bash, and a home that is made, `/home/<name>`
    /// where none is given. It needs a [`uid`](Self::uid) of at least 1000.
    pub fn normal(self) -> Self {
        self.user.normal = true;
        self
    }

    /// Gives it another primary group than one of its own name, such as `users`.
    pub fn primary_group(mut self, group: impl IntoText) -> Self {
        if std::mem::take(&mut self.own_group) {
            self.groups.pop();
        }
        self.user.group = group.into_text();
        self
    }

    /// Puts it into a further group: one of the feature, or one that NixOS and Debian both have,
    /// such as `video`.
    pub fn extra_group(self, group: impl IntoText) -> Self {
        self.user.extra_groups.push(group.into_text());
        self
    }

    /// Says where its home is. Nobody makes it: a service's is mostly its `StateDirectory`.
    pub fn home(self, path: impl IntoText) -> Self {
        self.user.home = Some(path.into_text());
        self
    }

    /// Says where its home is, and makes it: with mode 0700, and the user as its owner.
    pub fn create_home(self, path: impl IntoText) -> Self {
        self.user.create_home = true;
        self.home(path)
    }

    /// Lets it log in, with a program of a package as its shell: `package("bash").bin("bash")`.
    pub fn shell(self, program: impl IntoExpr<AbsolutePath>) -> Self {
        self.user.shell = Some(program.into_expr().into_model());
        self
    }

    /// It is there only where the condition is true, and so is the group of its name.
    pub fn when(self, condition: impl IntoExpr<bool>) {
        let condition = condition.into_expr().into_model();
        if let Some(group) = self.groups.last_mut().filter(|_| self.own_group) {
            also_when(&mut group.scope, condition.clone());
        }
        also_when(&mut self.user.scope, condition);
    }
}

/// A group that was just added, to be described.
#[derive(Debug)]
pub struct AddedGroup<'a>(pub(crate) &'a mut Group);

impl AddedGroup<'_> {
    /// Gives it a fixed number: 400 to 899, or 1000 to 29999.
    pub fn gid(self, gid: u32) -> Self {
        self.0.gid = Some(gid);
        self
    }

    /// It is there only where the condition is true.
    pub fn when(self, condition: impl IntoExpr<bool>) {
        also_when(&mut self.0.scope, condition.into_expr().into_model());
    }
}

/// A file below `/etc` that was just added, to be described. Without more it is root's, everyone
/// can read it, and on NixOS it is a symbolic link.
#[derive(Debug)]
pub struct AddedFile<'a>(pub(crate) &'a mut EtcFile);

impl AddedFile<'_> {
    /// Gives it a mode in octal, such as `"0440"`: it is a file of its own then, not a link. What
    /// it holds stands in the Nix store too, where everyone can read it: still no secrets.
    pub fn mode(self, mode: &str) -> Self {
        self.0.mode = Some(mode.to_owned());
        self
    }

    /// Gives it to a user of the feature. It needs a [`mode`](Self::mode).
    pub fn owner(self, user: impl IntoText) -> Self {
        self.0.user = Some(user.into_text());
        self
    }

    /// Gives it to a group: one of the feature, or one that NixOS and Debian both have. It needs a
    /// [`mode`](Self::mode).
    pub fn group(self, group: impl IntoText) -> Self {
        self.0.group = Some(group.into_text());
        self
    }

    /// It is there only where the condition is true.
    pub fn when(self, condition: impl IntoExpr<bool>) {
        also_when(&mut self.0.scope, condition.into_expr().into_model());
    }
}
