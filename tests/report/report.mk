# SPDX-License-Identifier: MIT
#
# `make report`: docs/report.md. It needs no more than python3, and zbarimg for photos.

REPORT := $(BUILD)/report

report:
	tests/report/report --out $(REPORT) $(or $(RUNS),$(BUILD)/logs/run.log)

# In headless Chromium. The run failed, and so the first command says 1.
PAGE := $(BUILD)/report-page

page-check:
	rm -rf $(PAGE)
	tests/report/report --out $(PAGE) broken=tests/report/sample.log >/dev/null || test $$? = 1
	tests/report/browse $(PAGE)

check: | check-report

check-report:
	python3 -B tests/report/test_reading.py
	python3 -B tests/report/test_report.py

.PHONY: report page-check check-report
