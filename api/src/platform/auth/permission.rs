//! Every permission, once. A permission is a type that stands in a handler's signature and a name
//! that stands in openapi.json. Which role holds which staff permission is data; which duties a
//! permission may serve is not.

use entity::role::Duty;

use super::actor::{Anyone, Resident, Staff};
use super::guard::FromCaller;

pub trait Permission: 'static {
    const NAME: &'static str;
    type Actor: FromCaller<Self>;
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
        resident { $($(#[$rm:meta])* $resident:ident $resident_name:literal;)* }
        staff { $($(#[$sm:meta])* $staff:ident $staff_name:literal [$($duty:ident),*] $label:literal;)* }
    ) => {
        /// The permissions as types, for `Ctx<perm::…>`.
        pub mod perm {
            use super::{Anyone, Duty, Permission, Resident, Staff, StaffPermission, StaffPermissionInfo};

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

            /// (type, name) of every resident permission.
            pub const RESIDENT: &[(&str, &str)] = &[$((stringify!($resident), $resident_name)),*];

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
        /// One's own account, sessions and inbox.
        MeUse "me.use";
        QuizAnswer "quiz.answer";
        BookingUse "booking.use";
        ComplaintUse "complaint.use";
    }
    staff {
        StaffSelf "staff.self" [] "使用本人账号";
        StaffRead "staff.read" [System, Security, Audit] "查看工作人员";
        StaffManage "staff.manage" [System] "建立、停用工作人员账号";
        RoleRead "role.read" [System, Security, Audit] "查看角色和权限";
        RoleManage "role.manage" [Security] "管理角色";
        GrantManage "grant.manage" [Security] "授予和收回角色";
        ArticleRead "article.read" [Business] "查看文章草稿";
        ArticleEdit "article.edit" [Business] "编辑文章";
        ArticlePublish "article.publish" [Business] "发布和撤回文章";
        QuizEdit "quiz.edit" [Business] "编辑和发布测验";
        LabManage "lab.manage" [Business] "管理检测机构";
        SlotManage "slot.manage" [Business] "管理预约时段";
        BookingDecide "booking.decide" [Business] "处理预约";
        ComplaintRead "complaint.read" [Business] "查看投诉";
        ComplaintDecide "complaint.decide" [Business] "处理投诉";
        MonitoringPointRead "monitoring_point.read" [Business] "查看监测点";
        MonitoringPointManage "monitoring_point.manage" [Business] "管理监测点";
        JobManage "job.manage" [System] "管理后台任务";
        AuditRead "audit.read" [Audit] "查看审计日志";
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
