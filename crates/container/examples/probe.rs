//! Says what this computer lets a container have.

fn main() -> anyhow::Result<()> {
    for finding in domi_container::Probes::again(&domi_host::dirs::cache()?)?.findings() {
        println!("{} {finding}", if finding.there { "+" } else { "-" });
    }
    Ok(())
}
