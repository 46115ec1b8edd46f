Loop 19 {
    Send "19"
}
