-- Nothing more than a few resources goes without the exact count from a person, or --yes.

local few = 5

-- Returns true when the deletion may go ahead; false with the reason otherwise.
return function(count, options)
  if options.yes or count <= (options.few or few) then return true end
  local reply, problem = script.prompt(("Type %d to delete these %d resources: "):format(count, count))
  if not reply then
    return false, ("%d resources would be deleted; confirm with --yes (%s)"):format(count, problem or "no terminal to ask at")
  end
  if reply:match("^%s*(%d+)%s*$") == tostring(count) then return true end
  return false, ("not confirmed: %q is not %d; nothing was deleted"):format(reply, count)
end
