/*
 * The schema table as bytes in the binary. `#embed` (C23) takes the files as they are: there is no generated copy
 * that could differ, and the compiler needs milliseconds where thousands of Swift literals would take minutes.
 */
#include "CSchema.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char text[] = {
#embed "tables/meta.tsv"
    ,
#embed "tables/core.tsv"
    ,
#embed "tables/service.tsv"
    ,
#embed "tables/pod.tsv"
    ,
#embed "tables/apps.tsv"
    ,
#embed "tables/others.tsv"
    ,
#embed "tables/resources.tsv"
};

const unsigned char *skiff_schema_text(void) { return text; }

size_t skiff_schema_length(void) { return sizeof(text); }
