#Requires AutoHotkey v2.0
Join(sep, parts*) {
	return sep
}
