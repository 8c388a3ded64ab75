//! `sanjin staff create`.

use std::io::BufRead as _;

use validator::Validate as _;

use super::{CliResult, CreateStaff};
use crate::app::App;
use crate::features::roles::GrantInput;
use crate::features::staff::{CreateStaffMember, service};
use crate::platform::db::AuditActor;

pub(super) async fn create(app: &App, input: CreateStaff) -> CliResult {
    let (password, is_made) = if input.password_stdin {
        let line = std::io::stdin().lock().lines().next().transpose()?.unwrap_or_default();
        (line, false)
    } else {
        (app.ids.readable(20), true)
    };
    let request = CreateStaffMember {
        display_name: input.name.unwrap_or_else(|| input.username.clone()),
        username: input.username,
        password: password.clone(),
    };
    request.validate()?;
    let grant = GrantInput { role: input.role, scope: input.scope };
    let made = service::create(app, request, &[grant], AuditActor::System).await;
    let member = made.map_err(|error| format!("{error:?}"))?;
    println!("created {} ({})", member.username, member.id);
    println!("the password has to be changed at the first log-in");
    if is_made {
        println!("password, shown this once: {password}");
    }
    Ok(())
}
