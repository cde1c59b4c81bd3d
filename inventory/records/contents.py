"""What is written down of each kind of record (domain: systems, networks, sites, equipment, staff, vendors)."""

from typing import Annotated

from pydantic import Field

from foundation.fields import Count, Day, Line
from inventory.records.fields import Disclosure, Hours, Lines, RecordFields, Remark, told
from inventory.records.values import Business, Conformity, Frequency, Generator, Hosting, Redundancy, Zone
from inventory.schemas import KindKey

Priority = Annotated[Count, Field(ge=1, le=5)]
Places = Annotated[Count, Field(le=100)]


class SystemFields(RecordFields):
    """システム: one business system, and what is needed to bring it back."""

    business: Business | None = told("業務")
    package: Line | None = told("パッケージ名")
    vendor: Line | None = told("ベンダー")
    version: Line | None = told("版")
    department: Line | None = told("所管課")
    department_contact: Line | None = told("所管課の連絡先")
    hosting: Hosting | None = told("設置形態")
    data_centre: Line | None = told("データセンターの名称")
    data_centre_site: Line | None = told("データセンターの所在地")
    joint_body: Line | None = told("共同利用の団体")
    redundancy: Redundancy | None = told("冗長化")
    backup_medium: Line | None = told("バックアップの媒体")
    backup_frequency: Frequency | None = told("バックアップの頻度")
    backup_kept_at: Line | None = told("バックアップの保管場所")
    backup_places: Places | None = told("保管場所の数")
    backup_way_out: Remark | None = told("バックアップの取り出し方")
    restore_tested_on: Day | None = told("復元試験の実施日")
    restore_priority: Priority | None = told("復旧の優先順位")
    restore_target_hours: Hours | None = told("復旧目標時間（時間）")
    zone: Zone | None = told("ネットワーク系統")
    export_formats: Lines | None = told("データの出力形式")
    interim_layout: Conformity | None = told("中間標準レイアウト")
    regional_platform: Conformity | None = told("地域情報プラットフォーム")
    character_set: Line | None = told("外字・文字セット")
    contract_ends_on: Day | None = told("契約の終了日")
    licence_terms: Remark | None = told("ライセンスの条件（機器・コア数など）")
    contract_terms: Remark | None = told("契約金額・条件", Disclosure.OWNER)


class NetworkFields(RecordFields):
    """ネットワーク: a line to the outside or between offices."""

    outside_line: Line | None = told("外部回線")
    inter_office_line: Line | None = told("庁舎間回線")
    carrier: Line | None = told("通信事業者")
    bandwidth_mbps: Count | None = told("帯域（Mbps）")
    zone: Zone | None = told("ネットワーク系統")
    redundancy: Redundancy | None = told("冗長化")
    restore_priority: Priority | None = told("復旧の優先順位")


class SiteFields(RecordFields):
    """庁舎・サーバ室: how a place stands through a disaster, and where one goes when it does not."""

    address: Line | None = told("所在地")
    is_hall_isolated: bool | None = told("庁舎の免震")
    is_rack_isolated: bool | None = told("ラックの免震")
    falling_protection: Line | None = told("転倒・落下の防止")
    generator: Generator | None = told("非常用電源")
    generator_hours: Hours | None = told("非常用電源の稼働時間（時間）")
    satellite_phones: Count | None = told("衛星電話の台数")
    alternative_workplace: Line | None = told("代替の執務場所")
    hurrying_in: Remark | None = told("かけつけ要員（所属・役割）")
    manuals: Remark | None = told("手順書の種類と保管場所")


class EquipmentFields(RecordFields):
    """機器: what a member has of one thing; the lendable part of a catalogue kind is what it could give."""

    kind: KindKey | None = told("品目（品目一覧の kind）", Disclosure.GROUP)
    free_kind: Line | None = told("品目（品目一覧にないもの）", Disclosure.GROUP)
    lendable_quantity: Count | None = told("貸出できる数", Disclosure.GROUP)
    lead_time_hours: Hours | None = told("貸出までの時間（時間）", Disclosure.GROUP)
    model: Line | None = told("機種")
    quantity: Count | None = told("数量")
    power: Line | None = told("電源")
    place: Line | None = told("設置場所")


class StaffFields(RecordFields):
    """情報担当の体制: how many people look after ICT; names stand among the contacts."""

    department: Line | None = told("部署")
    headcount: Count | None = told("人数")
    full_time: Count | None = told("うち専任")
    skills: Lines | None = told("対応できる分野")


class VendorFields(RecordFields):
    """事業者: whom a member works with; an arrangement for disasters and a contract for disasters are two things."""

    contact: Line | None = told("連絡先")
    emergency_contact: Line | None = told("緊急時の連絡先")
    systems: Lines | None = told("担当するシステム")
    disaster_arrangement: Remark | None = told("災害時の対応の取り決め")
    has_disaster_contract: bool | None = told("災害時の契約の有無")
    disaster_contract: Remark | None = told("災害時の契約の内容")
    contract_ends_on: Day | None = told("契約の終了日")
    contract_terms: Remark | None = told("契約金額・条件", Disclosure.OWNER)


class DataCentreFields(RecordFields):
    """データセンター: a place outside the hall; one shared by several is a risk shared by several."""

    operator: Line | None = told("運営者")
    site: Line | None = told("所在地")
    joint_body: Line | None = told("共同利用の団体")
    generator_hours: Hours | None = told("非常用電源の稼働時間（時間）")
    redundancy: Redundancy | None = told("冗長化")
    entry: Remark | None = told("入館の手続き")
    contract_ends_on: Day | None = told("契約の終了日")
