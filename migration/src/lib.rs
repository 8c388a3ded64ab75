//! The history of the schema. Frozen once released: a change is a new file at the end of the list.
//! Imports nothing of ours, so that living code cannot rewrite history. Every migration runs in a
//! transaction on both engines; enums are text with a CHECK.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod columns;
mod m20261120_000001_platform;
mod m20261120_000002_regions;
mod m20261120_000003_accounts;
mod m20261120_000004_staff;
mod m20261120_000005_articles;
mod m20261120_000006_quizzes;
mod m20261120_000007_appointments;
mod m20261120_000008_complaints;
mod m20261120_000009_notifications;
mod m20261121_000010_words;
mod m20261121_000011_staff_credentials;
mod m20261121_000012_audit;
mod m20261121_000013_doors;
mod m20261121_000014_minors;
mod m20261121_000015_personal_data;
mod m20261121_000016_media;
mod m20261121_000017_reviews;
mod m20261121_000020_roles;
mod m20261121_000021_monitoring_points;
mod m20261121_000025_personal_data_rights;
mod m20261121_000030_bookings;
mod m20261121_000032_audit_rights;
mod m20261121_000033_account_rights;
mod m20261121_000036_media_rights;
mod m20261121_000037_review_rights;
mod m20261121_000041_labs;
mod m20261121_000042_plans;
mod m20261121_000043_fair_release;
mod m20261121_000044_samples;
mod m20261121_000045_desk;
mod m20261121_000046_article_workflow;
mod m20261121_000047_search;
mod m20261121_000048_bulletins;
mod m20261121_000049_campaigns;
mod m20261121_000050_readers;
mod m20261121_000051_sample_classes;
mod m20261122_000052_public_changes;
mod m20261122_000053_void_reasons;
mod m20261123_000054_attendance;

#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_platform::Migration),
            Box::new(m20261120_000002_regions::Migration),
            Box::new(m20261120_000003_accounts::Migration),
            Box::new(m20261120_000004_staff::Migration),
            Box::new(m20261120_000005_articles::Migration),
            Box::new(m20261120_000006_quizzes::Migration),
            Box::new(m20261120_000007_appointments::Migration),
            Box::new(m20261120_000008_complaints::Migration),
            Box::new(m20261120_000009_notifications::Migration),
            Box::new(m20261121_000010_words::Migration),
            Box::new(m20261121_000011_staff_credentials::Migration),
            Box::new(m20261121_000012_audit::Migration),
            Box::new(m20261121_000013_doors::Migration),
            Box::new(m20261121_000014_minors::Migration),
            Box::new(m20261121_000015_personal_data::Migration),
            Box::new(m20261121_000016_media::Migration),
            Box::new(m20261121_000017_reviews::Migration),
            Box::new(m20261121_000020_roles::Migration),
            Box::new(m20261121_000021_monitoring_points::Migration),
            Box::new(m20261121_000025_personal_data_rights::Migration),
            Box::new(m20261121_000030_bookings::Migration),
            Box::new(m20261121_000032_audit_rights::Migration),
            Box::new(m20261121_000033_account_rights::Migration),
            Box::new(m20261121_000036_media_rights::Migration),
            Box::new(m20261121_000037_review_rights::Migration),
            Box::new(m20261121_000041_labs::Migration),
            Box::new(m20261121_000042_plans::Migration),
            Box::new(m20261121_000043_fair_release::Migration),
            Box::new(m20261121_000044_samples::Migration),
            Box::new(m20261121_000045_desk::Migration),
            Box::new(m20261121_000046_article_workflow::Migration),
            Box::new(m20261121_000047_search::Migration),
            Box::new(m20261121_000048_bulletins::Migration),
            Box::new(m20261121_000049_campaigns::Migration),
            Box::new(m20261121_000050_readers::Migration),
            Box::new(m20261121_000051_sample_classes::Migration),
            Box::new(m20261122_000052_public_changes::Migration),
            Box::new(m20261122_000053_void_reasons::Migration),
            Box::new(m20261123_000054_attendance::Migration),
        ]
    }
}
