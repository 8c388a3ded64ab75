use entity::lab_capability::ProductClass;
use entity::question::{QuestionRejection, QuestionStatus};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, trimmed};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskQuestion {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 60), custom(function = "one_line"))]
    pub title: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 10, max = 2000), custom(function = "many_lines"))]
    pub text: String,
    pub product_class: ProductClass,
    /// Where it happens; experts of the place answer. Without one those of the whole country.
    #[validate(length(max = 9))]
    #[schema(example = "110101")]
    pub region_code: Option<String>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpQuestion {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 1000), custom(function = "many_lines"))]
    pub text: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateAnswer {
    #[validate(range(min = 1, max = 5))]
    pub rating: i16,
}

/// To whom a question goes. Without an expert whoever may answer it can claim it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignQuestion {
    pub assignee_id: Option<Uuid>,
    /// An institution, whose experts may answer beside those of the region.
    pub lab_id: Option<Uuid>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectQuestion {
    /// Shown to the asker.
    pub reason: QuestionRejection,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerQuestion {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 4000), custom(function = "many_lines"))]
    pub text: String,
}

paged_filter! {
    QuestionFilter {
        status: QuestionStatus,
    }
}

paged_filter! {
    StaffQuestionFilter {
        status: QuestionStatus,
        product_class: ProductClass,
        /// Code of a region; what lies below it is shown too.
        #[param(max_length = 9)]
        region: String,
        /// Only those that should have been answered by now.
        overdue: bool,
        /// Only those that one has oneself.
        mine: bool,
    }
}
