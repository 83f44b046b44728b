//! Says what this computer lets a container have.

fn main() -> anyhow::Result<()> {
    let folder = domi_host::dirs::cache()?.join("container");
    for finding in domi_container::Probes::again(&folder)?.findings() {
        println!("{} {finding}", if finding.there { "+" } else { "-" });
    }
    Ok(())
}
