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
MEASURES = "正文二(二)4"
HELP = "正文二(三)6"

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
    "dashboards.export_research": Verb("导出研究用统计数据", "正文一"),
    "dashboards.take_snapshot": Verb("生成统计", "正文一"),
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
    "directory.backfill": Verb("补记历年分型和首次发布", "附件一(二)2"),
    "directory.enter_new_businesses": Verb("新设的个体工商户列入名录", "附件一(三)2(1).b"),
    "directory.follow_register": Verb("按登记情况更新名录"),
    "directory.follow_conversion": Verb("按个转企更新名录"),
    "directory.publish": Verb("发布名录公开数据", "附件一(二)2"),
    "directory.follow_titles": Verb("在名录标注名特优新", "附件三(一)"),
    "directory.published": Verb("写入公开名录", ONE_RUN),
    "directory.raise_report": Verb("提出名录纠错"),
    "directory.republish": Verb("更正公开名录", "附件一(二)3.c"),
    "engagement.add_offer": Verb("登记培训或者场地", "正文二(三)6"),
    "engagement.advise_conversion": Verb("登记专精特新辅导", "附件二(三)2"),
    "engagement.answer_invitation": Verb("回复活动邀请", "正文二(三)7"),
    "engagement.cancel_gathering": Verb("取消活动", "正文二(三)7"),
    "engagement.deliver_awards": Verb("报送表彰和称号登记册", "附件三(三)2"),
    "engagement.end_award": Verb("登记奖项到期或者撤销", "附件三(三)2"),
    "engagement.handle_opinion": Verb("登记舆情处置", "正文三(三)"),
    "engagement.invite": Verb("邀请参加活动", "正文二(三)7"),
    "engagement.log_visit": Verb("登记问情走访", "正文二(三)7"),
    "engagement.note_attendance": Verb("登记活动到场", "正文二(三)7"),
    "engagement.plan_gathering": Verb("登记活动", "正文二(三)7"),
    "engagement.publish_gathering": Verb("发布活动", "正文二(三)7"),
    "engagement.read_grievance": Verb("查看保密的投诉", READ_LAW),
    "engagement.record_award": Verb("登记奖项", "附件三(三)2"),
    "engagement.record_conversion": Verb("登记个转企", "附件二(三)2"),
    "engagement.record_meeting": Verb("登记会议纪要", "正文二(三)7"),
    "engagement.record_opinion": Verb("登记舆情", "正文三(三)"),
    "engagement.record_party_activity": Verb("登记党建工作", "正文二(三)8"),
    "engagement.report_gathering": Verb("登记活动成效", "正文二(三)7"),
    "engagement.withdraw_offer": Verb("撤下培训或者场地", "正文二(三)6"),
    "measures.confirm": Verb("确认免申即享的措施", HELP),
    "measures.decline": Verb("谢绝措施", HELP),
    "measures.deliver": Verb("登记措施的落实", HELP),
    "measures.draft": Verb("起草措施", MEASURES),
    "measures.hand_out": Verb("登记当面告知", HELP),
    "measures.loaded": Verb("载入帮扶培育措施", "附件二"),
    "measures.match": Verb("匹配措施", HELP),
    "measures.opt_in": Verb("恢复主动告知", "《个人信息保护法》第二十四条"),
    "measures.opt_out": Verb("谢绝主动告知", "《个人信息保护法》第二十四条"),
    "measures.publish": Verb("发布措施", MEASURES),
    "measures.retire": Verb("废止措施", MEASURES),
    "measures.revise": Verb("修改措施的草稿", MEASURES),
    "measures.send_back": Verb("退回措施的草稿", MEASURES),
    "measures.submit": Verb("措施送审", MEASURES),
    "measures.tell": Verb("告知符合的措施", HELP),
    "notices.set_addresses": Verb("修改接收通知的地址"),
    "notices.set_wishes": Verb("修改不接收的通知", "《个人信息保护法》第二十四条"),
    "recognitions.answer_notice_objection": Verb("处理公示异议", "正文三(二)"),
    "recognitions.cancel_visit": Verb("取消走访安排", "附件三(二)2"),
    "recognitions.draw_spot_check": Verb("抽取市级抽查样本", "附件三(二)2"),
    "recognitions.give_title": Verb("给予名特优新认定", "附件三(二)2"),
    "recognitions.make_city_report": Verb("生成报市清单", "附件三(二)2"),
    "recognitions.plan_visit": Verb("安排走访", "附件三(二)2"),
    "recognitions.publish_notice": Verb("发布公示", "正文三(二)"),
    "recognitions.publish_title": Verb("标注公示认定结果", "附件三(一)"),
    "recognitions.raise_notice_objection": Verb("提出公示异议", "正文三(二)"),
    "recognitions.rank": Verb("比选排序", "附件三(三)2"),
    "recognitions.record_visit": Verb("提交走访记录", "附件三(二)2"),
    "recognitions.refuse_after_check": Verb("抽查后终止认定", "附件三(二)2"),
    "recognitions.score": Verb("比选评分", "附件三(三)2"),
    "recognitions.send_city_report": Verb("标记报市清单已报送", "附件三(二)2"),
    "recognitions.change_proprietor": Verb("登记经营者变更并复核", "附件三(五)"),
    "recognitions.confirm": Verb("年度审核确认", "附件三(五)"),
    "recognitions.end": Verb("终止认定", "附件三(五)"),
    "recognitions.find": Verb("动态监测发现", "附件三(五)"),
    "recognitions.hide": Verb("停止风采展示", "正文三(三)"),
    "recognitions.report": Verb("报送年度信息报告", "附件三(五)"),
    "recognitions.settle_finding": Verb("处理动态监测发现", "附件三(五)"),
    "recognitions.show": Verb("同意风采展示", "正文三(三)"),
    "recognitions.assess": Verb("判断分类条件", "附件三(三)2"),
    "recognitions.attach": Verb("提交申报材料", "附件三(二)2"),
    "recognitions.decide_category": Verb("确定认定类别", "附件三(四)"),
    "recognitions.declare_interest": Verb("作利益关系声明", "正文三(二)"),
    "recognitions.detach": Verb("去掉申报材料", "附件三(二)2"),
    "recognitions.except_from_ban": Verb("说明禁止期内受理推荐的理由", "附件三(五)"),
    "recognitions.open_campaign": Verb("启动年度认定工作", "附件三(二)1"),
    "recognitions.relax_source": Verb("说明放宽分类来源的理由", "附件三(三)1"),
    "recognitions.save_draft": Verb("保存申报草稿", "附件三(二)2"),
    "registry.answer_correction": Verb("答复更正申请", CORRECTION_LAW),
    "registry.bind_by_identity": Verb("按实名身份绑定经营者账号"),
    "registry.check_delivery": Verb("检查送数"),
    "registry.confirm_delivery": Verb("复核送数，使其生效"),
    "registry.decline_delivery": Verb("复核送数，退回"),
    "registry.give_up_delivery": Verb("多次读入失败，退回送数"),
    "registry.give_up_loading": Verb("多次载入失败，送数没有生效"),
    "registry.grant_mandate": Verb("授权代理人"),
    "registry.link_proprietor": Verb("绑定经营者账号"),
    "registry.load_feeds": Verb("载入数据归集目录"),
    "registry.order_confirmation": Verb("复核送数，排队载入"),
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
    "associationvisit": "问情走访",
    "award": "表彰和称号",
    "conversion": "个转企",
    "duty": "督办事项",
    "gathering": "活动",
    "grievance": "诉求",
    "meeting": "座谈和会议",
    "need": "需求",
    "offer": "培训和场地",
    "opinionrecord": "舆情记录",
    "partyactivity": "党建工作记录",
    "annual_norm": "当年认定标准",
    "application": "认定申报",
    "api_key": "接口密钥",
    "business": "个体工商户",
    "campaign": "认定年度工作",
    "correctionrequest": "更正申请",
    "day": "审计日",
    "delivery": "数据批次",
    "errorreport": "名录纠错",
    "feed": "数据归集",
    "jurisdiction": "辖区",
    "mandate": "代理授权",
    "milestone": "年度工作节点",
    "nomination": "部门推荐",
    "objection": "异议申诉",
    "organisation": "单位",
    "recognition": "认定",
    "ending": "终止认定",
    "extension": "到期评估",
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
