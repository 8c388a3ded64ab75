use entity::bulletin::{self, BulletinStatus};
use entity::bulletin_product_code::ProductCodeKind;
use entity::{bulletin_product, bulletin_product_code, spot_check_item};
use sea_orm::{IntoActiveModel as _, Set};
use uuid::Uuid;

use super::{missing, whole};
use crate::features::bulletins::dto::{StaffBulletinView, WriteBulletin, WriteProduct};
use crate::features::bulletins::model::{check, level, search_text, unified};
use crate::features::bulletins::policy;
use crate::features::bulletins::queries::{self, Parts};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, RegionScope, perm};
use crate::platform::clock::local_date;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::product_code::folded;

/// # Errors
/// `forbidden` outside one's regions.
pub async fn create_bulletin(
    ctx: &Ctx<perm::BulletinEdit>,
    input: WriteBulletin,
) -> AppResult<StaffBulletinView> {
    let scope = ctx.actor.regions::<perm::BulletinEdit>();
    let tx = ctx.begin().await?;
    admit(&tx, &scope, &input, "").await?;
    let row = insert_draft(&tx, ctx.actor.staff_id, None, input).await?;
    let view = StaffBulletinView::from(&whole(&tx, row).await?);
    tx.commit().await?;
    Ok(view)
}

/// Writes a draft that was checked, with its audit entry.
pub(super) async fn insert_draft(
    tx: &Tx,
    author_id: Uuid,
    import_id: Option<Uuid>,
    input: WriteBulletin,
) -> AppResult<bulletin::Model> {
    let id = tx.new_id();
    let (content, parts) = content(tx, id, None, input)?;
    let row = bulletin::ActiveModel {
        id: Set(id),
        status: Set(BulletinStatus::Draft),
        import_id: Set(import_id),
        author_id: Set(author_id),
        event_no: Set(0),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        version: Set(0),
        ..content
    };
    let row = queries::insert(tx, row).await?;
    queries::insert_parts(tx, parts).await?;
    tx.audit_change("bulletin.create", "bulletin", id, &(), &row, None).await?;
    Ok(row)
}

/// Replaces the content of a draft.
///
/// # Errors
/// `stale_version`; `bulletin_not_editable` from publication on.
pub async fn update_bulletin(
    ctx: &Ctx<perm::BulletinEdit>,
    id: Uuid,
    version: i32,
    input: WriteBulletin,
) -> AppResult<StaffBulletinView> {
    let scope = ctx.actor.regions::<perm::BulletinEdit>();
    let tx = ctx.begin().await?;
    admit(&tx, &scope, &input, "").await?;
    let before = locked(&tx, &scope, id, version).await?;
    if before.status != BulletinStatus::Draft {
        return Err(ErrorCode::BulletinNotEditable.into());
    }
    let editor = ctx.actor.staff_id;
    let (content, parts) = content(&tx, id, None, input)?;
    let row = bulletin::ActiveModel {
        editors: Set(policy::with_editor(&before, editor)),
        edited_by: Set((editor != before.author_id).then_some(editor).or(before.edited_by)),
        ..over(&before, content, &tx)
    };
    let row = replace(&tx, row, parts).await?;
    tx.audit_change("bulletin.update", "bulletin", id, &before, &row, None).await?;
    let view = StaffBulletinView::from(&whole(&tx, row).await?);
    tx.commit().await?;
    Ok(view)
}

/// A bulletin of one's own regions in exactly the version that was seen, locked.
pub(super) async fn locked(
    tx: &Tx,
    scope: &RegionScope,
    id: Uuid,
    version: i32,
) -> AppResult<bulletin::Model> {
    let row = queries::locked_within(tx, scope, id).await?.ok_or_else(missing)?;
    if row.version != version {
        return Err(ErrorCode::StaleVersion.into());
    }
    Ok(row)
}

/// Whether what was written may be kept: by its rules, and where it holds. `prefix` is where it stands in
/// the request.
pub(super) async fn admit(
    tx: &Tx,
    scope: &RegionScope,
    input: &WriteBulletin,
    prefix: &str,
) -> AppResult<()> {
    let mut wrong = check(input, local_date(tx.now()));
    for error in &mut wrong {
        error.path.insert_str(0, prefix);
    }
    if !wrong.is_empty() {
        return Err(AppError::fields(wrong));
    }
    if let Some(code) = &input.region_code {
        require_region(tx, code, &format!("{prefix}region_code")).await?;
    }
    policy::within(scope, input.region_code.as_deref())
}

/// The columns of `content` over those of `before`, as the next version.
pub(super) fn over(
    before: &bulletin::Model,
    content: bulletin::ActiveModel,
    tx: &Tx,
) -> bulletin::ActiveModel {
    bulletin::ActiveModel {
        kind: content.kind,
        title: content.title,
        summary: content.summary,
        hazard: content.hazard,
        harm: content.harm,
        severity: content.severity,
        probability: content.probability,
        level: content.level,
        injuries: content.injuries,
        measures: content.measures,
        remedy_options: content.remedy_options,
        number_of_units: content.number_of_units,
        consumer_contact: content.consumer_contact,
        issuing_authority: content.issuing_authority,
        source_document: content.source_document,
        source_url: content.source_url,
        issued_on: content.issued_on,
        region_code: content.region_code,
        search_text: content.search_text,
        updated_at: Set(tx.now()),
        version: Set(before.version + 1),
        ..before.clone().into_active_model()
    }
}

/// Writes a changed row, and its parts in the place of those it had.
pub(super) async fn replace(
    tx: &Tx,
    row: bulletin::ActiveModel,
    parts: Parts,
) -> AppResult<bulletin::Model> {
    let row = queries::update(tx, row).await?;
    queries::delete_parts(tx, row.id).await?;
    queries::insert_parts(tx, parts).await?;
    Ok(row)
}

/// What was written as rows. The number of a bulletin that has one is found by `q` too.
pub(super) fn content(
    tx: &Tx,
    id: Uuid,
    number: Option<&str>,
    input: WriteBulletin,
) -> AppResult<(bulletin::ActiveModel, Parts)> {
    let products: Vec<WriteProduct> = input.products.into_iter().map(unified).collect();
    let remedies = serde_json::to_value(&input.remedy_options).map_err(AppError::internal)?;
    let level = input.severity.zip(input.probability).map(|(s, p)| level(s, p));
    let row = bulletin::ActiveModel {
        kind: Set(input.kind),
        search_text: Set(search_text(&input.title, number, &products)),
        title: Set(input.title),
        summary: Set(input.summary),
        hazard: Set(input.hazard),
        harm: Set(input.harm),
        severity: Set(input.severity),
        probability: Set(input.probability),
        level: Set(level),
        injuries: Set(input.injuries),
        measures: Set(input.measures),
        remedy_options: Set(remedies),
        number_of_units: Set(input.number_of_units),
        consumer_contact: Set(input.consumer_contact),
        issuing_authority: Set(input.issuing_authority),
        source_document: Set(input.source_document),
        source_url: Set(input.source_url),
        issued_on: Set(input.issued_on),
        region_code: Set(input.region_code),
        ..bulletin::ActiveModel::default()
    };
    let mut parts = Parts::default();
    for (position, product) in (1..).zip(products) {
        add_product(tx, id, position, product, &mut parts);
    }
    Ok((row, parts))
}

fn add_product(
    tx: &Tx,
    bulletin_id: Uuid,
    position: i32,
    product: WriteProduct,
    parts: &mut Parts,
) {
    let id = tx.new_id();
    let lists = [
        (ProductCodeKind::Gtin, product.gtins),
        (ProductCodeKind::Model, product.models),
        (ProductCodeKind::Batch, product.batches),
    ];
    for (kind, codes) in lists {
        for (position, code) in (1..).zip(codes) {
            parts.codes.push(bulletin_product_code::ActiveModel {
                product_id: Set(id),
                kind: Set(kind),
                code_key: Set(folded(&code).unwrap_or_default()),
                code: Set(code),
                position: Set(position),
            });
        }
    }
    for (position, finding) in (1..).zip(product.findings) {
        parts.items.push(spot_check_item::ActiveModel {
            id: Set(tx.new_id()),
            product_id: Set(id),
            position: Set(position),
            item: Set(finding.item),
            standard: Set(finding.standard),
            value_text: Set(finding.value),
            limit_text: Set(finding.limit),
            verdict: Set(finding.verdict),
        });
    }
    parts.products.push(bulletin_product::ActiveModel {
        id: Set(id),
        bulletin_id: Set(bulletin_id),
        position: Set(position),
        name_key: Set(folded(&product.name).unwrap_or_default()),
        name: Set(product.name),
        product_class: Set(product.product_class),
        brand_key: Set(product.brand.as_deref().and_then(folded)),
        brand: Set(product.brand),
        manufacturer: Set(product.manufacturer),
        retailer: Set(product.retailer),
        produced_from: Set(product.produced_from),
        produced_until: Set(product.produced_until),
    });
}
