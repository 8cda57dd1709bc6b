"""From the departments' tables to facts by hand-written SQL, one query for the same columns."""

FACTS = """
    SELECT r.uscc, r.registration_status, r.established_on,
        a.uscc IS NOT NULL AS annual_report_filed,
        coalesce(c.abnormal, false) AS abnormal_mark,
        coalesce(c.serious, false) AS serious_violation_listing,
        CASE WHEN t.uscc IS NULL THEN false ELSE t.abnormal_taxpayer END AS abnormal_taxpayer,
        s.uscc IS NOT NULL AS suspended,
        r.is_seasonal,
        CASE WHEN t.uscc IS NULL THEN false ELSE t.tax_registered END AS tax_registered,
        CASE WHEN t.uscc IS NULL THEN false ELSE t.taxpayer_kind = 'general' END AS general_vat_taxpayer,
        a.turnover,
        coalesce(p.paid, 0)::DECIMAL(18, 2) AS tax_paid,
        coalesce(i.headcount, 0) AS insured_headcount,
        coalesce(k.trademarks, 0) AS trademarks_in_use,
        coalesce(k.patents, 0) AS patents
    FROM registration r
    LEFT JOIN (
        SELECT uscc, turnover FROM annual_reports WHERE year = 2025 AND filed_on <= DATE '2026-07-01'
        QUALIFY row_number() OVER (PARTITION BY uscc ORDER BY filed_on DESC) = 1
    ) a ON a.uscc = r.uscc
    LEFT JOIN (
        SELECT uscc, bool_or(kind = 'abnormal_mark') AS abnormal,
            bool_or(kind = 'serious_violation' AND (restored_on IS NULL OR restored_on > DATE '2026-07-01')) AS serious
        FROM credit
        WHERE decided_on <= DATE '2026-07-01' AND (ended_on IS NULL OR ended_on > DATE '2026-07-01')
        GROUP BY uscc
    ) c ON c.uscc = r.uscc
    LEFT JOIN (
        SELECT * FROM tax QUALIFY row_number() OVER (PARTITION BY uscc ORDER BY year DESC) = 1
    ) t ON t.uscc = r.uscc
    LEFT JOIN (
        SELECT uscc, greatest(sum(paid) - coalesce(sum(refunded), 0), 0) AS paid
        FROM tax WHERE year = 2025 GROUP BY uscc
    ) p ON p.uscc = r.uscc
    LEFT JOIN (
        SELECT uscc, max(headcount) AS headcount FROM social_insurance
        WHERE form = 'unit' AND month BETWEEN DATE '2025-01-01' AND DATE '2025-12-31' GROUP BY uscc
    ) i ON i.uscc = r.uscc
    LEFT JOIN (
        SELECT uscc, count(*) FILTER (kind = 'trademark' AND in_use) AS trademarks,
            count(*) FILTER (kind = 'patent') AS patents
        FROM intellectual_property WHERE status = 'valid' AND holder IN ('business', 'proprietor') GROUP BY uscc
    ) k ON k.uscc = r.uscc
    LEFT JOIN (
        SELECT DISTINCT uscc FROM suspension
        WHERE filed_on <= DATE '2026-07-01' AND planned_end_on >= DATE '2026-07-01' AND filed_on > DATE '2023-07-01'
            AND (resumed_on IS NULL OR resumed_on > DATE '2026-07-01')
            AND (limit_on IS NULL OR limit_on > DATE '2026-07-01')
    ) s ON s.uscc = r.uscc
"""
