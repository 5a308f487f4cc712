#include "lede/status.h"

const char *lede_status_name(lede_status status)
{
    static const char *const names[] = {
        [-LEDE_OK] = "OK",
        [-LEDE_ERR_INVALID] = "INVALID",
        [-LEDE_ERR_NOT_FOUND] = "NOT_FOUND",
        [-LEDE_ERR_BUSY] = "BUSY",
        [-LEDE_ERR_IO] = "IO",
        [-LEDE_ERR_FULL] = "FULL",
        [-LEDE_ERR_CORRUPT] = "CORRUPT",
        [-LEDE_ERR_VERSION] = "VERSION",
        [-LEDE_ERR_NOMEM] = "NOMEM",
        [-LEDE_ERR_UNSUPPORTED] = "UNSUPPORTED",
        [-LEDE_ERR_LIMIT] = "LIMIT",
        [-LEDE_ERR_TIMEOUT] = "TIMEOUT",
        [-LEDE_ERR_CANCELLED] = "CANCELLED",
        [-LEDE_ERR_UNKNOWN_COMMIT] = "UNKNOWN_COMMIT",
    };

    if (status > LEDE_OK || status < LEDE_ERR_UNKNOWN_COMMIT)
        return "UNKNOWN";
    return names[-(int)status];
}
