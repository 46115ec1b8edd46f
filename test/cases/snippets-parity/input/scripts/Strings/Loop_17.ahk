Loop 17 {
    Send "17"
}
