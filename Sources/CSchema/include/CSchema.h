#ifndef SKIFF_CSCHEMA_H
#define SKIFF_CSCHEMA_H

#include <stddef.h>

/* The Kubernetes schema table: the text of the files in `tables`, one after the other. Not NUL-terminated. */
const unsigned char *skiff_schema_text(void);
size_t skiff_schema_length(void);

#endif
