# SPDX-License-Identifier: MIT
#
# `make report`: docs/report.md. It needs no more than python3, and zbarimg for photos.

REPORT := $(BUILD)/report

report:
	tests/report/report --out $(REPORT) $(or $(RUNS),$(BUILD)/logs/run.log)

check: | check-report

check-report:
	python3 -B tests/report/test_reading.py
	python3 -B tests/report/test_report.py

.PHONY: report check-report
