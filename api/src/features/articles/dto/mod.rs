//! What clients send and get.

mod requests;
mod views;

pub use requests::{
    ArticleFilter, CoverQuery, CreatePreviewLink, DiffQuery, PublishArticle, RequestChanges,
    ScheduleArticle, StaffArticleFilter, SubmitArticle, WithdrawArticle, WriteArticle,
};
pub use views::{
    ArticlePreview, ArticleReviewView, ArticleSummary, ArticleView, CategoryList, CategoryView,
    PreviewLinkView, RevisionDiff, RevisionSummary, RevisionView, ScheduleView,
    StaffArticleSummary, StaffArticleView, StaffName, StepView,
};
