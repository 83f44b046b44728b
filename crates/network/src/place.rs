/// What a machine of a network has in the place of what is usual here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Its addresses, each with the length of its prefix: `192.168.1.1/24`.
    pub addresses: Vec<String>,
    /// Its file `/etc/hosts`.
    pub hosts: String,
}
