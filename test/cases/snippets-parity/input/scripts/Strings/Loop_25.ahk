Loop 25 {
    Send "25"
}
