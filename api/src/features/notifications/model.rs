//! What a notice says, and what WeChat's answer means for its delivery.

use entity::notification::{DeliveryStatus, NotificationKind};
use wechat::{Reaction, WechatError};

use crate::platform::config::WechatTemplates;

/// Title and body as the citizen reads them. The title fits a `thing` value of 20 characters.
#[must_use]
pub fn wording(kind: NotificationKind) -> (&'static str, &'static str) {
    match kind {
        NotificationKind::BookingConfirmed => ("预约成功", "检测机构已确认您的预约，请按时前往。"),
        NotificationKind::BookingRejected => {
            ("预约未通过", "检测机构未能接受您的预约，原因见预约详情，您可以另选时间。")
        }
        NotificationKind::BookingExpired => {
            ("预约已失效", "检测机构未在规定时间内确认，占用的名额已释放，您可以另选时间。")
        }
        NotificationKind::BookingCancelled => {
            ("预约被取消", "检测机构取消了您的预约，原因见预约详情，再次预约时您可以优先。")
        }
        NotificationKind::BookingVoided => ("预约已作废", "您的预约已作废，原因见预约详情。"),
        NotificationKind::BookingPlaceChanged => (
            "预约地点有变更",
            "您预约的服务点名称或地址有变更，时间不变，请按预约详情中的新地点前往。",
        ),
        NotificationKind::BookingNoShow => {
            ("预约未到场", "您未在预约时间到场，如有特殊情况请联系检测机构。")
        }
        NotificationKind::BookingOffered => {
            ("候补有名额了", "您候补的时段有了名额，请在保留时间内接受。")
        }
        NotificationKind::LotteryWon => {
            ("摇号已中签", "您报名的摇号已中签，时段和办理进度见预约详情。")
        }
        NotificationKind::LotteryWaiting => {
            ("摇号未中签，已候补", "您报名的摇号未中签，已按摇号次序进入候补，有名额时会通知您。")
        }
        NotificationKind::LotteryLost => {
            ("摇号未中签", "您报名的摇号未中签，摇号结果可在摇号详情核验，您可以另选时间。")
        }
        NotificationKind::LotteryCancelled => {
            ("摇号已取消", "检测机构取消了您报名的摇号，相关时段已改为直接预约。")
        }
        NotificationKind::BookingReminder => ("预约提醒", "您的预约即将开始，请按时前往。"),
        NotificationKind::BookingResult => ("检测结果已出", "您的检测结果已出，请在预约详情查看。"),
        NotificationKind::ResultLate => {
            ("检测结果延迟", "您的检测结果未能按期出具，系统已提醒检测机构，请留意后续通知。")
        }
        NotificationKind::ReportChanged => {
            ("检测报告有变更", "您的检测报告已更正或撤回，原因和最新结果请在预约详情查看。")
        }
        NotificationKind::ComplaintAccepted => ("投诉已受理", "您的投诉已受理，进展见投诉详情。"),
        NotificationKind::ComplaintNotAccepted => {
            ("投诉不予受理", "您的投诉未被受理，理由和其他救济途径见投诉详情。")
        }
        NotificationKind::QuestionTriaged => {
            ("咨询已受理", "您的咨询已受理并转交专家，答复后会通知您。")
        }
        NotificationKind::QuestionRejected => {
            ("咨询未予答复", "您的咨询未能受理，原因见咨询详情，您可以修改后重新提问。")
        }
        NotificationKind::QuestionRedirected => {
            ("咨询请走投诉渠道", "您的咨询涉及消费纠纷，请通过投诉渠道提交，以便依法处理。")
        }
        NotificationKind::QuestionAnswered => {
            ("咨询已答复", "专家已答复您的咨询，请在咨询详情查看。")
        }
        NotificationKind::QuestionPublished => {
            ("咨询已整理成问答", "您的咨询已隐去个人情况并整理成公开问答，供更多人参考。")
        }
        NotificationKind::AgeReviewDue => {
            ("请确认年龄段", "此前声明的年龄节点已到，请重新选择年龄段；确认前仅可阅读和答题。")
        }
        NotificationKind::ExportReady => {
            ("个人信息已导出", "您申请的个人信息副本已生成，请在有效期内下载。")
        }
        NotificationKind::AccountClosing => {
            ("账号注销申请已受理", "您的账号将在冷静期结束后注销，如非本人操作请立即登录撤销。")
        }
        NotificationKind::CorrectionAccepted => {
            ("更正申请已采纳", "您申请更正的个人信息已更正，详情见更正申请。")
        }
        NotificationKind::CorrectionRefused => {
            ("更正申请未采纳", "您的更正申请未被采纳，理由见更正申请。")
        }
        NotificationKind::BulletinPublished => (
            "您关注的产品有新公告",
            "您关注的产品类别、品牌或地区有新的产品安全公告，请查看公告详情。",
        ),
        NotificationKind::BulletinCorrected => {
            ("产品公告有更正", "此前通知您的产品安全公告已更正，更正内容见公告详情。")
        }
        NotificationKind::BulletinWithdrawn => {
            ("产品公告已撤回", "此前通知您的产品安全公告已撤回，原因见公告详情。")
        }
        NotificationKind::AccountMerged => (
            "账号已合并",
            "您在小程序和网页的两个账号已合并，预约、投诉和答题记录均已保留；同一时段的两个预约只保留一个。",
        ),
        NotificationKind::AccountMergedPhone => (
            "账号已合并",
            "您在小程序和网页的两个账号已合并，预约、投诉和答题记录均已保留；同一时段的两个预约只保留一个。\
             两个账号绑定了不同的手机号，已保留最近绑定的一个，您可以重新绑定。",
        ),
    }
}

/// The subscribe-message template of a notice; empty when none is configured.
#[must_use]
pub fn template(templates: &WechatTemplates, kind: NotificationKind) -> &str {
    match kind {
        NotificationKind::BookingConfirmed => &templates.booking_confirmed,
        NotificationKind::BookingRejected => &templates.booking_rejected,
        NotificationKind::BookingExpired => &templates.booking_expired,
        NotificationKind::BookingCancelled => &templates.booking_cancelled,
        NotificationKind::BookingVoided => &templates.booking_voided,
        NotificationKind::BookingPlaceChanged => &templates.booking_place_changed,
        NotificationKind::BookingNoShow => &templates.booking_no_show,
        NotificationKind::BookingOffered => &templates.booking_offered,
        NotificationKind::LotteryWon
        | NotificationKind::LotteryWaiting
        | NotificationKind::LotteryLost
        | NotificationKind::LotteryCancelled => &templates.lottery_result,
        NotificationKind::BookingReminder => &templates.booking_reminder,
        NotificationKind::BookingResult => &templates.booking_result,
        NotificationKind::ComplaintAccepted => &templates.complaint_accepted,
        NotificationKind::ComplaintNotAccepted => &templates.complaint_not_accepted,
        // Minors are not followed into WeChat; the app asks when it is opened.
        NotificationKind::AgeReviewDue => "",
        NotificationKind::ExportReady => &templates.export_ready,
        NotificationKind::AccountClosing => &templates.account_closing,
        NotificationKind::CorrectionAccepted => &templates.correction_accepted,
        NotificationKind::CorrectionRefused => &templates.correction_refused,
        NotificationKind::BulletinPublished
        | NotificationKind::BulletinCorrected
        | NotificationKind::BulletinWithdrawn => &templates.bulletin,
        // Of interest to whoever opens the inbox; nothing to be called for.
        NotificationKind::ResultLate
        | NotificationKind::ReportChanged
        | NotificationKind::QuestionTriaged
        | NotificationKind::QuestionRejected
        | NotificationKind::QuestionRedirected
        | NotificationKind::QuestionAnswered
        | NotificationKind::QuestionPublished
        | NotificationKind::AccountMerged
        | NotificationKind::AccountMergedPhone => "",
    }
}

/// How a failed delivery goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// WeChat certainly did not take the message: try again later.
    Retry,
    Settle(DeliveryStatus),
}

#[must_use]
pub fn after_failure(error: &WechatError, path: &str) -> AfterFailure {
    match error.reaction() {
        Reaction::Drop | Reaction::User => AfterFailure::Settle(DeliveryStatus::Dropped),
        Reaction::Retry | Reaction::Slow if error.is_certainly_unprocessed(path) => {
            AfterFailure::Retry
        }
        // A rate limit that WeChat itself reports: it took nothing.
        Reaction::Slow if error.errcode().is_some() => AfterFailure::Retry,
        // Ours to fix, or perhaps delivered: once is better than twice, the inbox has it.
        _ => AfterFailure::Settle(DeliveryStatus::Failed),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable as _;

    use super::*;

    #[test]
    fn every_notice_fits_its_template() {
        for kind in NotificationKind::iter() {
            let (title, body) = wording(kind);
            assert!(title.chars().count() <= 20 && body.ends_with('。'));
        }
    }
}
