//! What can be set.

use domi::prelude::*;

/// A web site with all around it, made of other features of the machine: `web-gateway` serves it,
/// `metrics` knows whether it answers and raises alerts, and `backup` copies what it is made of.
///
/// ```nix
/// {
///   domi.services.web-gateway.enable = true;
///   domi.services.metrics.enable = true;
///   domi.security.backup = {
///     enable = true;
///     save = {
///       repository = "rest:https://store.example.org:8443/shop";
///       passwordFile = "/run/secrets/backup";
///     };
///   };
///   domi.features.site = {
///     enable = true;
///     domain = "shop.example.org";
///     content.server = "127.0.0.1:8080";
///     tls = {
///       certificate = "/run/secrets/shop.crt";
///       key = "/run/secrets/shop.key";
///     };
///     openFirewall = true;
///     backup.folders = [ "/var/lib/shop" ];
///   };
/// }
/// ```
///
/// The machine must have `web-gateway`, and `backup` where copies are asked for. Without `metrics` the
/// site is served, and a warning says that nobody hears when it is down.
///
/// **What it sets.** A virtual host and an upstream of web-gateway, both called `site`; what is set there
/// beside that counts too, such as another location:
/// `domi.services.web-gateway.virtualHosts.site.locations."/files/"`. With a certificate, requests without
/// TLS are sent to where there is TLS, and no other module can say otherwise; browsers come back with TLS
/// alone for a year, unless the virtual host says something else.
///
/// **Whether it answers.** The service `site-probe` asks for the site as a visitor does: through the gateway,
/// by its name and with its certificate. Node exporter has what came of it: `site_up`, `site_status`,
/// `site_seconds` and `site_asked`, the time of the last question. Two alerts follow: `SiteDown`, and
/// `SiteNotAsked` where nobody asked for some time.
///
/// **Copies** are what `domi.security.backup.save` makes of them: where to, how often, and how they come back.
#[derive(Options)]
pub(crate) struct Site {
    /// The name that visitors know the site by.
    #[option(
        default = "localhost",
        example = "shop.example.org",
        matching = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
    )]
    pub(crate) domain: String,

    /// Its other names.
    #[option(
        default = [],
        example = ["www.shop.example.org"],
        matching = "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
    )]
    pub(crate) aliases: Vec<String>,

    /// What visitors get.
    #[option(example = attrs! { "server": "127.0.0.1:8080" }, default = attrs! { "files": "/srv/site" })]
    pub(crate) content: Content,

    /// Its certificate. Where it is null, the site is served without TLS.
    pub(crate) tls: Option<Tls>,

    /// Whether the firewall lets other machines in, to all sites of the gateway.
    #[option(default = false)]
    pub(crate) open_firewall: bool,

    /// Whether this machine finds the site under its names at its own address, whatever name servers say.
    #[option(default = false)]
    pub(crate) known_here: bool,

    /// How it is noticed that the site is down.
    #[option(default = attrs! {}, example = attrs! { "path": "/health" })]
    pub(crate) watch: Watch,

    /// What of the site is saved, with all else that the machine saves. Where it is null, nothing is.
    pub(crate) backup: Option<Saved>,
}

/// What visitors get.
#[derive(Options)]
pub(crate) enum Content {
    /// The files below this folder.
    Files(AbsolutePath),
    /// What the server at this address and port answers, or at `unix:` and the path of its socket.
    Server(String),
}

/// A certificate and its key, as PEM files.
#[derive(Options)]
pub(crate) struct Tls {
    /// File with the certificate, followed by those of its issuers.
    #[option(example = "/run/secrets/shop.crt")]
    pub(crate) certificate: SecretFile,

    /// File with its private key.
    #[option(example = "/run/secrets/shop.key")]
    pub(crate) key: SecretFile,
}

/// How it is noticed that the site is down.
#[derive(Options)]
pub(crate) struct Watch {
    /// What is asked for. The site is well where the answer's status is below 400.
    #[option(default = "/", example = "/health", matching = "/[A-Za-z0-9/._~%:@?=&+-]*")]
    pub(crate) path: String,

    /// The address of this machine at which the gateway is asked.
    #[option(
        default = "127.0.0.1",
        example = "192.0.2.1",
        matching = "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]"
    )]
    pub(crate) address: String,

    /// File with certificates that the site's may be issued by. Where it is null, those count that the
    /// machine trusts.
    #[option(example = "/etc/our-issuer.crt")]
    pub(crate) trust: Option<AbsolutePath>,

    /// How many seconds are between two questions.
    #[option(default = 30, range = 1..=3600)]
    pub(crate) seconds: u32,

    /// How long the site must be down before there is an alert.
    #[option(default = "2m", example = "10m", name = "for", matching = "[0-9]+(ms|s|m|h|d|w|y)")]
    pub(crate) hold: String,

    /// Labels of the alerts, by which they are routed.
    #[option(default = attrs! { "severity": "critical" }, example = attrs! { "team": "shop" })]
    pub(crate) labels: BTreeMap<String, String>,
}

/// What of the site is saved.
#[derive(Options)]
pub(crate) struct Saved {
    /// Folders and files that the site is made of.
    #[option(example = ["/var/lib/shop"])]
    pub(crate) folders: NonEmptyVec<AbsolutePath>,
}
