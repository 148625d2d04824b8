-- One row per grid code, in the register or only named there as a predecessor: the place it is part of for good.
{{ lineage(ref('stg_grid_register'), 'grid_code') }}
