-- One question a line; {k} is the number of something.
SELECT * FROM v_milestone_resolved WHERE shipment_no = 'L-{k}'
SELECT * FROM v_shipment_timeline WHERE shipment_no = 'L-{k}'
SELECT * FROM v_stop_times WHERE shipment_no = 'L-{k}'
SELECT * FROM v_on_time WHERE shipment_no = 'L-{k}'
SELECT * FROM v_on_time_delivery WHERE window_end >= timestamptz '2025-03-01' AND window_end < timestamptz '2025-03-01 08:01Z' AND place_code = 'P10'
SELECT * FROM v_dwell WHERE shipment_no = 'L-{k}'
SELECT * FROM v_freight_invoice_match WHERE scac = 'SC1' AND invoice_no = 'I{k}'
SELECT * FROM v_freight_invoice_match WHERE shipment_no = 'L-{k}'
SELECT * FROM v_order_to_delivery WHERE company = 'CRONUS' AND order_no = 'SO-{k}'
SELECT * FROM v_order_to_delivery WHERE shipment_no = 'L-{k}'
SELECT * FROM v_inventory_position WHERE warehouse = 'DC1' AND sku = 'SKU-1'
SELECT * FROM v_vehicle_position_resolved WHERE provider = 'samsara' AND vehicle_id = 'V7' AND reading_time < timestamptz '2024-03-02'
SELECT * FROM v_vehicle_latest WHERE vehicle_id = 'V7'
SELECT * FROM v_xref_conflicts
SELECT * FROM v_orphans ORDER BY age_min DESC LIMIT 100
SELECT * FROM v_carrier_scorecard WHERE carrier_scac = 'SC1' AND month = '2025-03'
