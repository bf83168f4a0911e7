-- Numbers are compared by bytes wherever they are keys, and an index that sorts otherwise does not answer for them. Only adds.
CREATE INDEX rpt_freight_invoice_record_bytes ON rpt_freight_invoice (record_key COLLATE "C");
CREATE INDEX rpt_inventory_movement_order_bytes ON rpt_inventory_movement (order_no COLLATE "C", line_no);
CREATE INDEX rpt_inventory_movement_stock_bytes ON rpt_inventory_movement (warehouse, sku COLLATE "C", movement_time);
