"""What every verb of the record is called on the screen, and the clause it rests on where the deed names none."""

from collections.abc import Mapping
from dataclasses import dataclass

from jieti.domain.workflows import WORKFLOWS


@dataclass(frozen=True, slots=True)
class Verb:
    """`label` as people read it; `clause` of the document or of a law, empty where none speaks of the deed."""

    label: str
    clause: str = ""


READ_PROTECTED = "registry.read_protected"
CORRECTION_LAW = "《个人信息保护法》第四十六条"
READ_LAW = "《个人信息保护法》第五十一条"
ONE_RUN = "附件一(二)1"
NORM = "附件一(三)2"

DEEDS: Mapping[str, Verb] = {
    "accounts.add_factor": Verb("添加第二重验证方式"),
    "accounts.add_member": Verb("授予角色", READ_LAW),
    "accounts.change_password": Verb("修改密码"),
    "accounts.create_user": Verb("开立账号"),
    "accounts.deactivate_user": Verb("停用账号", READ_LAW),
    "accounts.end_sessions": Verb("结束登录"),
    "accounts.issue_api_key": Verb("发放接口密钥"),
    "accounts.issue_password": Verb("发放临时密码"),
    "accounts.link_identity": Verb("关联身份平台账号"),
    "accounts.load_jurisdiction": Verb("载入辖区"),
    "accounts.load_organisations": Verb("载入单位名单"),
    "accounts.reactivate_user": Verb("恢复账号", READ_LAW),
    "accounts.remove_factor": Verb("停用第二重验证方式"),
    "accounts.remove_member": Verb("收回角色", READ_LAW),
    "accounts.reset_second_factor": Verb("清除第二重验证方式"),
    "accounts.revoke_api_key": Verb("撤销接口密钥"),
    "accounts.sign_in": Verb("登录"),
    "accounts.unlink_identity": Verb("解除身份平台账号"),
    "appeals.answer_fact": Verb("答复转来核实的事实", "正文三(一)"),
    "audit.close_day": Verb("封存前一日审计记录"),
    "audit.verify": Verb("校验审计记录"),
    "determinations.amend_result": Verb("更正判定结果", "附件一(二)3.c"),
    "determinations.cancel_run": Verb("要求取消分型判定", ONE_RUN),
    "determinations.chase": Verb("催送判定所缺的数据", "正文三(一)"),
    "determinations.execute_run": Verb("完成分型判定", ONE_RUN),
    "determinations.fail_run": Verb("分型判定失败", ONE_RUN),
    "determinations.keep_report": Verb("以试算结果作为认定标准的测算依据", NORM),
    "determinations.make_export": Verb("生成全国名录数据包", "正文二(一)2"),
    "determinations.prove_rulebook": Verb("证明规则"),
    "determinations.publish_run": Verb("批准公布分型结果", ONE_RUN),
    "determinations.rejudge": Verb("数据补到，重新判定待数据的", ONE_RUN),
    "determinations.retry_run": Verb("重新执行分型判定", ONE_RUN),
    "determinations.send_export": Verb("报送全国名录数据包", "正文二(一)2"),
    "determinations.start_run": Verb("发起分型判定", ONE_RUN),
    "determinations.start_study": Verb("试算认定标准", NORM),
    "determinations.stop_run": Verb("分型判定已取消", ONE_RUN),
    "directory.answer_report": Verb("答复名录纠错"),
    "directory.enter_new_businesses": Verb("新设的个体工商户列入名录", "附件一(三)2(1).b"),
    "directory.follow_register": Verb("按登记情况更新名录"),
    "directory.publish": Verb("发布名录公开数据", "附件一(二)2"),
    "directory.published": Verb("写入公开名录", ONE_RUN),
    "directory.raise_report": Verb("提出名录纠错"),
    "directory.republish": Verb("更正公开名录", "附件一(二)3.c"),
    "measures.loaded": Verb("载入帮扶培育措施", "附件二"),
    "notices.set_addresses": Verb("修改接收通知的地址"),
    "notices.set_wishes": Verb("修改不接收的通知", "《个人信息保护法》第二十四条"),
    "registry.answer_correction": Verb("答复更正申请", CORRECTION_LAW),
    "registry.bind_by_identity": Verb("按实名身份绑定经营者账号"),
    "registry.check_delivery": Verb("检查送数"),
    "registry.confirm_delivery": Verb("复核送数，使其生效"),
    "registry.decline_delivery": Verb("复核送数，退回"),
    "registry.give_up_delivery": Verb("多次读入失败，退回送数"),
    "registry.grant_mandate": Verb("授权代理人"),
    "registry.link_proprietor": Verb("绑定经营者账号"),
    "registry.load_feeds": Verb("载入数据归集目录"),
    "registry.raise_correction": Verb("提出更正申请", CORRECTION_LAW),
    "registry.read_anew": Verb("补充的表已更新，重新读入"),
    READ_PROTECTED: Verb("查看受保护数据", READ_LAW),
    "registry.receive_again": Verb("重复送达同一文件"),
    "registry.receive_delivery": Verb("接收数据"),
    "registry.revoke_mandate": Verb("撤销代理人授权"),
    "registry.search_by_person": Verb("按经营者查找", READ_LAW),
    "registry.set_feed_contact": Verb("修改供数联系人"),
    "registry.withdraw_correction": Verb("撤回更正申请", CORRECTION_LAW),
    "rulebooks.approve_norm": Verb("批准当年认定标准", NORM),
    "rulebooks.propose_norm": Verb("提出当年认定标准", NORM),
    "rulebooks.record": Verb("登记规则版本"),
    "rulebooks.refuse_norm": Verb("退回或者撤回当年认定标准", NORM),
    "supervision.carry_out": Verb("按更正后的事实更正结果并重新发出", "附件一(二)3.c"),
    "supervision.declare_done": Verb("登记年度工作节点完成", "正文三(一)"),
    "supervision.keep": Verb("维持已公布的结果", "附件一(二)3.c"),
    "supervision.trace": Verb("清查更正的影响", "附件一(二)3.c"),
    "supervision.withdraw_declaration": Verb("撤回年度工作节点的登记", "正文三(一)"),
}
STEPS: Mapping[str, Verb] = {
    f"{table.key}.{step.key}": Verb(f"{table.label}：{step.label}", step.clause)
    for table in WORKFLOWS.values()
    for step in table.steps
}
VERBS: Mapping[str, Verb] = {**DEEDS, **STEPS}
"""Deeds of their own, and the steps of every kind of case as its table names them."""

KINDS: Mapping[str, str] = {
    "annual_norm": "当年认定标准",
    "api_key": "接口密钥",
    "business": "个体工商户",
    "correctionrequest": "更正申请",
    "day": "审计日",
    "delivery": "数据批次",
    "errorreport": "名录纠错",
    "feed": "数据归集",
    "jurisdiction": "辖区",
    "mandate": "代理授权",
    "milestone": "年度工作节点",
    "objection": "异议申诉",
    "organisation": "单位",
    "rulebook": "规则",
    "run": "分型判定",
    "study": "标准试算",
    "user": "用户",
}
"""What stands before the colon of a subject."""


def subject_in_words(subject: str) -> str:
    """ "business:9211…" as "个体工商户 9211…"; a kind that the table does not know is left as it is."""
    kind, colon, key = subject.partition(":")
    return f"{KINDS[kind]} {key}" if colon and kind in KINDS else subject


def label_of(verb: str) -> str:
    """The verb's label; the verb itself where the record is older than the table or newer."""
    known = VERBS.get(verb)
    return known.label if known else verb


def clause_of(verb: str) -> str:
    """The clause the verb rests on by itself; empty where there is none."""
    known = VERBS.get(verb)
    return known.clause if known else ""
