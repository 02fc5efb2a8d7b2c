// Maps that look into other tables, for the cases of real systems.
#pragma once

namespace emcee::testing {

// Hazards of some servers: a statement that names both tables is refused, a REPEATABLE READ transaction may go by
// an older snapshot.
inline constexpr const char* kAcceptLookups = R"map(
[[accept]]
hazard = "lookup_in_one_statement"
reason = "no statement of either release names both tables"
[[accept]]
hazard = "lookup_of_replaced_row"
reason = "no release replaces rows"
[[accept]]
hazard = "lookup_in_repeatable_read"
reason = "neither release uses it"
)map";

inline constexpr const char* kMembersMap = R"map([[map]]
table = "images"
old = ["is_public"]
new = ["visibility"]
up.visibility = """CASE WHEN is_public THEN 'public'
  WHEN EXISTS (SELECT 1 FROM image_members AS m WHERE m.image_id = images.id AND NOT m.deleted) THEN 'shared'
  ELSE 'private' END"""
down.is_public = "CASE visibility WHEN 'public' THEN TRUE ELSE FALSE END"
lookup = [{ table = "image_members", key = { image_id = "id" } }]
)map";

// The children fill the column of their parent, whichever of them there is. `{user}`: quoted as the server does.
inline constexpr const char* kChildrenMap = R"map([[fill]]
table = "user"
column = "domain_id"
value = """coalesce((SELECT l.domain_id FROM local_user AS l WHERE l.user_id = {user}.id),
  (SELECT n.domain_id FROM nonlocal_user AS n WHERE n.user_id = {user}.id))"""
lookup = [
  { table = "local_user", key = { user_id = "id" } },
  { table = "nonlocal_user", key = { user_id = "id" } },
]
)map";

// Children follow their parent from a text to a number, and back.
inline constexpr const char* kPostsMap = R"map([[map]]
table = "posts"
old = ["user_id"]
new = ["user_internal_id"]
up.user_internal_id = "(SELECT u.internal_id FROM users AS u WHERE u.id = posts.user_id)"
down.user_id = "(SELECT u.id FROM users AS u WHERE u.internal_id = posts.user_internal_id)"
lookup = [{ table = "users", key = { id = "user_id" } }]
down_lookup = [{ table = "users", key = { internal_id = "user_internal_id" } }]
)map";

}  // namespace emcee::testing
