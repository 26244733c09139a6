-- The kinds of resources that a teardown knows. Each is a table:
--
--   title              what a person calls it
--   find(scope, kind)  the resources in scope: { { name =, id =, tags =, ... }, ... }; teardown/find.lua makes most of them
--   delete(resource, context)  deletes it, and what is inside it; may raise an error of AWS, or return what it waits
--                      for, to be called again
--   together           (where one call takes several) { most = how many, delete = function(resources) }: tried first, for
--                      those that can go at the same time; when it fails, each is deleted alone
--   gone(resource)     (where deletion takes time) whether it is gone
--   missing, busy      error codes that mean "it is gone already" and "not yet"
--   blocker(resource)  (where it can be told) what keeps it
--   protected(resource) (where the service has such a setting) why it is protected
--   find_after         kinds whose findings `find` reads, so that they are looked for first
--   late               true where a late writer can make it again: it is looked for again at the end
--   leaves             kinds of which it may have made more since the plan: they are looked for again once it is gone
--   depends(resource, other)  (where it can be told) whether it has to wait for that other resource; else it waits for
--                      all of a kind that the order names
--
-- A script adds its own: teardown.kinds.my_kind = { ... } and a line in its order.

local kinds = {}

for _, module in ipairs { "delivery", "building", "compute", "balancing", "network", "storage", "identity", "messaging" } do
  for name, kind in pairs(require("awscicd.teardown.kinds." .. module)) do kinds[name] = kind end
end

return kinds
