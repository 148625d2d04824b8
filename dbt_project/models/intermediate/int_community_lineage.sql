-- One row per community code, in the register or only named there as a predecessor: the place it is part of for good.
{{ lineage(ref('stg_capacity_community'), 'community_code') }}
