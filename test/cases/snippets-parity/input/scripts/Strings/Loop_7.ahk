Loop 7 {
    Send "7"
}
