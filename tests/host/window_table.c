// SPDX-License-Identifier: MIT
#include "tests/host/window_table.h"

#define OLD         OUTCOME_OLD
#define NEW         OUTCOME_NEW
#define RETRIGGERED OUTCOME_RETRIGGERED
#define STRAY       OUTCOME_STRAY
#define MISSING     OUTCOME_MISSING

const struct expectation expectations[] = {
        {"naive-address-first", false, 3, {OLD, STRAY, NEW}, "address=new high data=new flush"},
        {"naive-address-first", true, 3, {OLD, STRAY, NEW}, "address=new high data=new flush"},
        {"naive-data-first", false, 3, {OLD, STRAY, NEW}, "data=new address=new high flush"},
        {"naive-data-first", true, 3, {OLD, STRAY, NEW}, "data=new address=new high flush"},
        {"masked",
         true,
         5,
         {OLD, NEW, NEW, NEW, NEW},
         "mask flush address=new high data=new unmask flush"},
        {"two-step",
         false,
         4,
         {OLD, RETRIGGERED, NEW, NEW},
         "address=old high data=new address=new high data=new flush"},
        {"two-step",
         true,
         4,
         {OLD, RETRIGGERED, NEW, NEW},
         "address=old high data=new address=new high data=new flush"},
        {"two-step-no-retrigger",
         false,
         3,
         {OLD, STRAY, NEW},
         "address=old high data=new address=new high data=new flush"},
        {"two-step-no-retrigger",
         true,
         3,
         {OLD, STRAY, NEW},
         "address=old high data=new address=new high data=new flush"},
        {"linux-direct", false, 3, {OLD, STRAY, NEW}, "address=new high data=new flush"},
        {"linux-direct",
         true,
         4,
         {NEW, NEW, NEW, NEW},
         "mask address=old high data=new address=new high data=new flush unmask flush"},
        {"split-address", false, 4, {OLD, OLD, STRAY, NEW}, "high address=new data=new flush"},
        {"split-address", true, 4, {OLD, OLD, STRAY, NEW}, "high address=new data=new flush"},
        {"masked-no-flush",
         true,
         5,
         {OLD, NEW, NEW, NEW, NEW},
         "mask address=new high data=new unmask"},
        {"two-step-no-flush",
         false,
         4,
         {OLD, RETRIGGERED, NEW, NEW},
         "address=old high data=new address=new high data=new"},
        {"two-step-no-flush",
         true,
         4,
         {OLD, RETRIGGERED, NEW, NEW},
         "address=old high data=new address=new high data=new"},
        {"pending-dropped",
         true,
         5,
         {OLD, MISSING, MISSING, MISSING, NEW},
         "mask flush address=new high data=new control=0 flush"},
        {"half-update", false, 2, {OLD, STRAY}, "address=new flush"},
        {"half-update", true, 2, {OLD, STRAY}, "address=new flush"},
};

const size_t expectation_count = sizeof(expectations) / sizeof(expectations[0]);

bool loses_in_a_window(const struct expectation *e)
{
	for (unsigned int window = 0; window < e->windows; window++)
		if (e->outcomes[window] == STRAY || e->outcomes[window] == MISSING)
			return true;
	return false;
}

bool spoils(const struct expectation *e)
{
	return e->outcomes[e->windows - 1] == STRAY;
}
