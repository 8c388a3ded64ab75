//! Every permission, once. A permission is a type that stands in a handler's signature and a name
//! that stands in openapi.json. Which standings of residents hold a permission is said here. Which
//! role holds which staff permission is data; which duties a permission may serve is not.

use entity::role::Duty;

use super::actor::{Anyone, Resident, Staff};
use super::guard::FromCaller;
use super::standing::Standing;

pub trait Permission: 'static {
    const NAME: &'static str;
    type Actor: FromCaller<Self>;
}

pub trait ResidentPermission: Permission<Actor = Resident> {
    const STANDINGS: &'static [Standing];
}

pub trait StaffPermission: Permission<Actor = Staff> {
    /// Its place in [`perm::STAFF`].
    const INDEX: usize;
    /// The duties whose roles may hold it. None: everybody's own affair, held without a role.
    const DUTIES: &'static [Duty];
}

/// One staff permission, as administrators see it.
#[derive(Clone, Copy, Debug)]
pub struct StaffPermissionInfo {
    /// The type of `perm`.
    pub kind: &'static str,
    pub name: &'static str,
    pub duties: &'static [Duty],
    /// What it allows, in Chinese.
    pub label: &'static str,
}

/// Staff permissions by their place in [`perm::STAFF`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u128);

impl PermissionSet {
    /// Adds a permission by name. A name this version does not know gives nothing.
    pub fn add(&mut self, name: &str) {
        if let Some(index) = perm::STAFF.iter().position(|known| known.name == name) {
            self.0 |= 1 << index;
        }
    }

    #[must_use]
    pub fn contains(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }
}

macro_rules! permissions {
    (
        resident { $($(#[$rm:meta])* $resident:ident $resident_name:literal [$($standing:ident),+];)* }
        staff { $($(#[$sm:meta])* $staff:ident $staff_name:literal [$($duty:ident),*] $label:literal;)* }
    ) => {
        /// The permissions as types, for `Ctx<perm::…>`.
        pub mod perm {
            use super::{
                Anyone, Duty, Permission, Resident, ResidentPermission, Staff, StaffPermission,
                StaffPermissionInfo, Standing,
            };

            /// Open to everybody.
            #[derive(Debug)]
            pub enum Public {}
            impl Permission for Public {
                const NAME: &'static str = "public";
                type Actor = Anyone;
            }

            $($(#[$rm])* #[derive(Debug)] pub enum $resident {}
            impl Permission for $resident {
                const NAME: &'static str = $resident_name;
                type Actor = Resident;
            }
            impl ResidentPermission for $resident {
                const STANDINGS: &'static [Standing] = &[$(Standing::$standing),+];
            })*

            enum Index { $($staff),* }

            $($(#[$sm])* #[derive(Debug)] pub enum $staff {}
            impl Permission for $staff {
                const NAME: &'static str = $staff_name;
                type Actor = Staff;
            }
            impl StaffPermission for $staff {
                const INDEX: usize = Index::$staff as usize;
                const DUTIES: &'static [Duty] = &[$(Duty::$duty),*];
            })*

            /// (type, name, standings) of every resident permission.
            pub const RESIDENT: &[(&str, &str, &[Standing])] =
                &[$((stringify!($resident), $resident_name, $resident::STANDINGS)),*];

            pub const STAFF: &[StaffPermissionInfo] = &[$(StaffPermissionInfo {
                kind: stringify!($staff),
                name: $staff_name,
                duties: $staff::DUTIES,
                label: $label,
            }),*];
        }
    };
}

permissions! {
    resident {
        /// One's own sessions, inbox and state. No free text.
        MeUse "me.use" [Adult, Undeclared, Teen, Ward, Child, Seat];
        SessionEnd "session.end" [Adult, Undeclared, Teen, Ward, Child, Seat];
        /// One's rights over one's own data. A seat's are its teacher's to carry out.
        MePrivacy "me.privacy" [Adult, Undeclared, Teen, Ward, Child];
        ProfileEdit "profile.edit" [Adult, Undeclared, Teen, Ward];
        /// What one writes of a record that is wrong.
        CorrectionRequest "correction.request" [Adult, Undeclared, Teen];
        AgeDeclare "age.declare" [Adult, Undeclared, Teen, Ward, Child];
        /// Agreeing to a use of one's data, and giving the phone.
        ConsentGive "consent.give" [Adult, Undeclared, Teen];
        /// Also of somebody who was asked anew for the age; a guardian's word is the guardian's.
        ConsentWithdraw "consent.withdraw" [Adult, Undeclared, Teen, Child];
        QuizAnswer "quiz.answer" [Adult, Undeclared, Teen, Ward, Child, Seat];
        /// Following takes a word, a name or a code.
        FollowUse "follow.use" [Adult, Undeclared, Teen, Ward, Child];
        BookingUse "booking.use" [Adult, Undeclared, Teen];
        ComplaintUse "complaint.use" [Adult, Undeclared];
        /// What is asked may be published, in other words.
        QuestionUse "question.use" [Adult];
        MediaUse "media.use" [Adult, Undeclared];
        /// Real name and school: what somebody writes of themselves.
        IdentityGive "identity.give" [Adult, Undeclared];
        GuardianInvite "guardian.invite" [Ward, Child];
        GuardianUse "guardian.use" [Adult];
        ClassTeach "class.teach" [Adult];
    }
    staff {
        /// One's own account and credentials; all that a restricted session may do.
        StaffSelf "staff.self" [] "使用本人账号";
        /// Where one is logged in, and by which WeChat account.
        StaffDevices "staff.devices" [] "管理本人的登录设备和微信绑定";
        StaffRead "staff.read" [System, Security, Audit] "查看工作人员";
        StaffManage "staff.manage" [System] "建立、停用工作人员账号";
        /// Apart from `staff.manage`: who could reset both password and code could become anybody.
        StaffResetFactor "staff.reset_factor" [Security] "重置工作人员的动态口令";
        RoleRead "role.read" [System, Security, Audit] "查看角色和权限";
        RoleManage "role.manage" [Security] "管理角色";
        GrantManage "grant.manage" [Security] "授予和收回角色";
        AgeDecide "age.decide" [Business] "查验证件后更正居民的年龄段";
        ArticleRead "article.read" [Business] "查看文章草稿";
        ArticleEdit "article.edit" [Business] "编辑文章";
        ArticleReview "article.review" [Business] "审核文章";
        ArticlePublish "article.publish" [Business] "发布和撤回文章";
        SearchRead "search.read" [Business] "查看搜索同义词和未搜到的词";
        SearchManage "search.manage" [Business] "维护搜索同义词";
        CampaignManage "campaign.manage" [Business] "编辑和发布专题活动";
        HomeManage "home.manage" [Business] "编排小程序首页";
        MediaUpload "media.upload" [Business] "上传文章的图片和文件";
        BulletinRead "bulletin.read" [Business] "查看产品安全公告草稿";
        BulletinEdit "bulletin.edit" [Business] "撰写和导入产品安全公告";
        BulletinPublish "bulletin.publish" [Business] "发布、更正和撤回产品安全公告";
        QuizEdit "quiz.edit" [Business] "编辑和发布测验";
        LabManage "lab.manage" [Business] "登记、暂停检测机构";
        LabEdit "lab.edit" [Business] "维护检测机构资料和资质";
        StopManage "stop.manage" [Business] "安排进社区、校园、乡镇活动";
        SlotManage "slot.manage" [Business] "管理预约时段";
        BookingRead "booking.read" [Business] "查看预约";
        BookingCreate "booking.create" [Business] "代人预约";
        BookingOversee "booking.oversee" [Business] "撤销和作废预约";
        BookingDecide "booking.decide" [Business] "处理预约";
        SampleManage "sample.manage" [Business] "登记和流转样品";
        ResultPublish "result.publish" [Business] "出具、更正和撤回检测报告";
        RiskLeadRead "risk_lead.read" [Business] "查看产品安全风险线索";
        BookingStatistics "booking.statistics" [Business] "查看预约统计和服务时效";
        BookingExport "booking.export" [Business] "导出预约明细";
        CalendarFeedManage "calendar_feed.manage" [Business] "管理预约日历订阅";
        ComplaintRead "complaint.read" [Business] "查看投诉";
        ComplaintDecide "complaint.decide" [Business] "处理投诉";
        QuestionRead "question.read" [Business] "查看咨询";
        QuestionTriage "question.triage" [Business] "受理、分派和退回咨询";
        QuestionAnswer "question.answer" [Business] "答复咨询";
        QuestionPublish "question.publish" [Business] "把咨询整理成公开问答并发布、更正、撤回";
        MonitoringPointRead "monitoring_point.read" [Business] "查看监测点";
        MonitoringPointManage "monitoring_point.manage" [Business] "管理监测点";
        /// Personal data of others in clear, each look with a reason.
        IdentityRead "identity.read" [Business] "查看当事人真实身份";
        /// What WeChat reports and what we know of residents' accounts.
        AccountManage "account.manage" [Security] "处理居民账号的身份冲突";
        AccountFind "account.find" [Security] "按手机号查找居民账号";
        TextReview "text.review" [Business] "审核居民提交的文字";
        CorrectionDecide "correction.decide" [Business] "处理个人信息更正申请";
        RestrictedRead "restricted.read" [Audit] "查看注销证明和限制处理的档案";
        JobManage "job.manage" [System] "管理后台任务";
        AuditRead "audit.read" [Audit] "查看审计日志";
        AuditExport "audit.export" [Audit] "导出审计日志";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_place_in_a_set() {
        let mut set = PermissionSet::default();
        set.add(perm::AuditRead::NAME);
        set.add("unknown.to_this_version");
        for (index, info) in perm::STAFF.iter().enumerate() {
            assert!(index < 128);
            assert_eq!(set.contains(index), info.name == perm::AuditRead::NAME);
        }
    }
}
