//! `sanjin staff create`.

use std::io::BufRead as _;

use entity::staff_grant::Role;
use serde::Deserialize as _;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;
use validator::Validate as _;

use super::{CliResult, CreateStaff};
use crate::app::App;
use crate::features::staff::service;
use crate::features::staff::{CreateStaffMember, GrantInput};
use crate::platform::db::AuditActor;

pub(super) async fn create(app: &App, input: CreateStaff) -> CliResult {
    let role: Result<Role, ValueError> = Role::deserialize(input.role.as_str().into_deserializer());
    let role = role.map_err(|_unknown| format!("no such role: {}", input.role))?;
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
        grants: vec![GrantInput { role, scope: input.scope }],
    };
    request.validate()?;
    let made = service::create(app, request, AuditActor::System).await;
    let member = made.map_err(|error| format!("{error:?}"))?;
    println!("created {} ({})", member.username, member.id);
    if is_made {
        println!("password, shown this once: {password}");
    }
    Ok(())
}
